-- Which meeting platforms a deployment platform runs bots for.
ALTER TABLE "bot_pool_platforms" ADD COLUMN "meeting_platforms" TEXT[];
