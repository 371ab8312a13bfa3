-- The pool: platforms that are full for a while, slots that wait for recovery,
-- launches that are measured. Only adds: servers of the version before run on.

ALTER TABLE "bots" ADD COLUMN "leaving_at" TIMESTAMPTZ(3);

-- when a slot in state `error` is tried again
ALTER TABLE "bot_pool_slots" ADD COLUMN "recover_at" TIMESTAMPTZ(3);

CREATE TABLE "bot_pool_platforms" (
    "deployment_platform" TEXT NOT NULL,
    "full_until" TIMESTAMPTZ(3),
    "refusals" INTEGER NOT NULL DEFAULT 0,
    "lead_ms" INTEGER,
    "lead_samples" INTEGER NOT NULL DEFAULT 0,
    "host" TEXT,
    "host_seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "bot_pool_platforms_pkey" PRIMARY KEY ("deployment_platform")
);

-- slots in use, by number: what a lowered limit still has above it
CREATE INDEX "bot_pool_slots_in_use" ON "bot_pool_slots" ("deployment_platform", "number")
  WHERE "state" IN ('deploying', 'busy');
-- recovery of slots whose stop failed
DROP INDEX "bot_pool_slots_error";
CREATE INDEX "bot_pool_slots_error" ON "bot_pool_slots" ("recover_at") WHERE "state" = 'error';
-- the last launches of a platform, for its lead
CREATE INDEX "deployments_launches" ON "deployments" ("deployment_platform", "claimed_at" DESC)
  WHERE "claimed_at" IS NOT NULL;
