-- When a bot came into the call by the database's clock: how long it may stay is not
-- counted by a runtime's. Only adds.

ALTER TABLE "bots" ADD COLUMN "in_call_at" TIMESTAMPTZ(3);
