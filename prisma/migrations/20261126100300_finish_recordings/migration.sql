-- Finishing a recording: what its runtime said, whose turn it is to finish it, and why it failed.
ALTER TABLE "recordings"
  ADD COLUMN "delivered_at" TIMESTAMPTZ(3),
  ADD COLUMN "finish_since" TIMESTAMPTZ(3),
  ADD COLUMN "finish_at" TIMESTAMPTZ(3),
  ADD COLUMN "finish_tries" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "sub_code" TEXT,
  ADD COLUMN "detail" TEXT;

-- How it is known when a participant left, where nobody saw it.
ALTER TABLE "participants"
  ADD COLUMN "closed_by" TEXT,
  ADD CONSTRAINT "participants_closed_by" CHECK ("closed_by" IN ('bot_left', 'bot_lost'));

-- Times in which no scheduler gave out slots: they do not count as a bot's time in the queue.
ALTER TABLE "last_sweep" ADD COLUMN "dispatched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE "last_sweep" SET "dispatched_at" = "swept_at";
CREATE TABLE "scheduler_absences" (
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "until_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "scheduler_absences_pkey" PRIMARY KEY ("from_at")
);
ALTER TABLE "bot_pool_queue" ADD COLUMN "absent_ms" BIGINT NOT NULL DEFAULT 0;
