-- The application that a pool platform keeps for a slot.
ALTER TABLE "bot_pool_slots" ADD COLUMN "application" TEXT;
-- The launch rate of a platform: a token bucket.
ALTER TABLE "bot_pool_platforms" ADD COLUMN "launch_tokens" DOUBLE PRECISION,
ADD COLUMN "launch_tokens_at" TIMESTAMPTZ(3);
