-- When a bot came into the call by the database's clock: how long it may stay is not
-- counted by a runtime's. Only adds.

ALTER TABLE "bots" ADD COLUMN "in_call_at" TIMESTAMPTZ(3);

-- The machine that a local runtime was started on: from another one nothing can be said of it.
ALTER TABLE "deployments" ADD COLUMN "host" TEXT;
