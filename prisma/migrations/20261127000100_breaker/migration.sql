-- A deployment whose bot goes on without it: its stop is not confirmed yet, but its runtime can no longer join.
ALTER TABLE "deployments" ADD COLUMN "abandoned_at" TIMESTAMPTZ(3);
DROP INDEX "deployments_open_per_bot";
CREATE UNIQUE INDEX "deployments_open_per_bot" ON "deployments" ("bot_id") WHERE "state" <> 'ended' AND "abandoned_at" IS NULL;
-- The breaker of a platform, its last fault, and whether an operator has drained it.
ALTER TABLE "bot_pool_platforms" ADD COLUMN "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "out_until" TIMESTAMPTZ(3),
ADD COLUMN "last_fault" TEXT,
ADD COLUMN "last_fault_kind" TEXT,
ADD COLUMN "last_fault_at" TIMESTAMPTZ(3),
ADD COLUMN "drained_at" TIMESTAMPTZ(3);
