-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "bot_status" AS ENUM ('SCHEDULED', 'QUEUED', 'DEPLOYING', 'JOINING_CALL', 'IN_WAITING_ROOM', 'IN_CALL', 'LEAVING', 'DONE', 'FATAL', 'CANCELLED');

-- CreateEnum
CREATE TYPE "slot_state" AS ENUM ('idle', 'deploying', 'busy', 'error');

-- CreateEnum
CREATE TYPE "deployment_state" AS ENUM ('intent', 'started', 'claimed', 'ended');

-- CreateTable
CREATE TABLE "user" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "apikey" (
    "id" TEXT NOT NULL,
    "config_id" TEXT NOT NULL DEFAULT 'default',
    "name" TEXT,
    "start" TEXT,
    "prefix" TEXT,
    "key" TEXT NOT NULL,
    "reference_id" TEXT NOT NULL,
    "refill_interval" INTEGER,
    "refill_amount" INTEGER,
    "last_refill_at" TIMESTAMPTZ(3),
    "enabled" BOOLEAN DEFAULT true,
    "rate_limit_enabled" BOOLEAN DEFAULT true,
    "rate_limit_time_window" INTEGER,
    "rate_limit_max" INTEGER,
    "request_count" INTEGER DEFAULT 0,
    "remaining" INTEGER,
    "last_request" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "permissions" TEXT,
    "metadata" TEXT,

    CONSTRAINT "apikey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "subscription" (
    "user_id" TEXT NOT NULL,
    "plan" TEXT NOT NULL DEFAULT 'self-hosted',
    "daily_bot_limit" INTEGER,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "event_seq" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "subscription_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "bots" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "status" "bot_status" NOT NULL,
    "sub_code" TEXT NOT NULL,
    "end_reason" TEXT,
    "detail" TEXT,
    "display_name" TEXT NOT NULL,
    "meeting_platform" TEXT NOT NULL,
    "meeting_url" TEXT NOT NULL,
    "join_url" TEXT NOT NULL,
    "meeting_key" TEXT NOT NULL,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "leave_rules" JSONB NOT NULL,
    "recording_enabled" BOOLEAN NOT NULL DEFAULT true,
    "recording_state" TEXT NOT NULL DEFAULT 'off',
    "join_at" TIMESTAMPTZ(3) NOT NULL,
    "start_at" TIMESTAMPTZ(3) NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "order_key" TIMESTAMPTZ(3) NOT NULL,
    "queue_timeout_ms" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "leave_requested_at" TIMESTAMPTZ(3),
    "queued_at" TIMESTAMPTZ(3),
    "slot_at" TIMESTAMPTZ(3),
    "deploy_requested_at" TIMESTAMPTZ(3),
    "claimed_at" TIMESTAMPTZ(3),
    "browser_ready_at" TIMESTAMPTZ(3),
    "knocked_at" TIMESTAMPTZ(3),
    "admitted_at" TIMESTAMPTZ(3),
    "first_media_at" TIMESTAMPTZ(3),
    "left_at" TIMESTAMPTZ(3),
    "uploaded_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "bot_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "sub_code" TEXT,
    "payload" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempt" INTEGER NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bot_pool_slots" (
    "id" TEXT NOT NULL,
    "deployment_platform" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" "slot_state" NOT NULL DEFAULT 'idle',
    "bot_id" TEXT,
    "lease_epoch" BIGINT NOT NULL DEFAULT 0,
    "lease_expires_at" TIMESTAMPTZ(3),
    "draining_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "recovery_attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bot_pool_slots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bot_pool_queue" (
    "bot_id" TEXT NOT NULL,
    "order_key" TIMESTAMPTZ(3) NOT NULL,
    "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bot_pool_queue_pkey" PRIMARY KEY ("bot_id")
);

-- CreateTable
CREATE TABLE "deployments" (
    "id" TEXT NOT NULL,
    "slot_id" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "bot_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "deployment_platform" TEXT NOT NULL,
    "state" "deployment_state" NOT NULL DEFAULT 'intent',
    "external_ref" TEXT,
    "runtime_id" TEXT,
    "last_report_seq" INTEGER NOT NULL DEFAULT 0,
    "last_report_at" TIMESTAMPTZ(3),
    "fail_sub_code" TEXT,
    "fail_detail" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "claimed_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recordings" (
    "id" TEXT NOT NULL,
    "bot_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "segment" INTEGER NOT NULL DEFAULT 1,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "upload_id" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'recording',
    "interrupted" BOOLEAN NOT NULL DEFAULT false,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "duration_ms" INTEGER,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "recordings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recording_parts" (
    "recording_id" TEXT NOT NULL,
    "part_number" INTEGER NOT NULL,
    "etag" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "media_ms" INTEGER NOT NULL,

    CONSTRAINT "recording_parts_pkey" PRIMARY KEY ("recording_id","part_number")
);

-- CreateTable
CREATE TABLE "participants" (
    "id" TEXT NOT NULL,
    "bot_id" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_host" BOOLEAN NOT NULL DEFAULT false,
    "joined_at" TIMESTAMPTZ(3) NOT NULL,
    "left_at" TIMESTAMPTZ(3),

    CONSTRAINT "participants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "speaker_turns" (
    "bot_id" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "speaker_turns_pkey" PRIMARY KEY ("bot_id","external_id","started_at")
);

-- CreateTable
CREATE TABLE "screenshots" (
    "id" TEXT NOT NULL,
    "bot_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uploaded_at" TIMESTAMPTZ(3),

    CONSTRAINT "screenshots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "user_id" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "bot_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("user_id","route","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_key" ON "session"("token");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "account_user_id_idx" ON "account"("user_id");

-- CreateIndex
CREATE INDEX "verification_identifier_idx" ON "verification"("identifier");

-- CreateIndex
CREATE INDEX "apikey_key_idx" ON "apikey"("key");

-- CreateIndex
CREATE INDEX "apikey_reference_id_idx" ON "apikey"("reference_id");

-- CreateIndex
CREATE INDEX "apikey_config_id_idx" ON "apikey"("config_id");

-- CreateIndex
CREATE INDEX "bots_user_id_created_at_id_idx" ON "bots"("user_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "events_bot_id_seq_idx" ON "events"("bot_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "events_user_id_seq_key" ON "events"("user_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "bot_pool_slots_bot_id_key" ON "bot_pool_slots"("bot_id");

-- CreateIndex
CREATE UNIQUE INDEX "bot_pool_slots_deployment_platform_number_key" ON "bot_pool_slots"("deployment_platform", "number");

-- CreateIndex
CREATE INDEX "bot_pool_queue_order_key_bot_id_idx" ON "bot_pool_queue"("order_key", "bot_id");

-- CreateIndex
CREATE INDEX "bot_pool_queue_deadline_at_idx" ON "bot_pool_queue"("deadline_at");

-- CreateIndex
CREATE UNIQUE INDEX "deployments_slot_id_epoch_key" ON "deployments"("slot_id", "epoch");

-- CreateIndex
CREATE UNIQUE INDEX "deployments_bot_id_attempt_key" ON "deployments"("bot_id", "attempt");

-- CreateIndex
CREATE UNIQUE INDEX "recordings_key_key" ON "recordings"("key");

-- CreateIndex
CREATE UNIQUE INDEX "recordings_bot_id_attempt_segment_kind_key" ON "recordings"("bot_id", "attempt", "segment", "kind");

-- CreateIndex
CREATE UNIQUE INDEX "participants_bot_id_external_id_joined_at_key" ON "participants"("bot_id", "external_id", "joined_at");

-- CreateIndex
CREATE UNIQUE INDEX "screenshots_key_key" ON "screenshots"("key");

-- CreateIndex
CREATE INDEX "screenshots_bot_id_created_at_idx" ON "screenshots"("bot_id", "created_at");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bots" ADD CONSTRAINT "bots_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bot_pool_slots" ADD CONSTRAINT "bot_pool_slots_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bot_pool_queue" ADD CONSTRAINT "bot_pool_queue_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_slot_id_fkey" FOREIGN KEY ("slot_id") REFERENCES "bot_pool_slots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recording_parts" ADD CONSTRAINT "recording_parts_recording_id_fkey" FOREIGN KEY ("recording_id") REFERENCES "recordings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "participants" ADD CONSTRAINT "participants_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "speaker_turns" ADD CONSTRAINT "speaker_turns_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "screenshots" ADD CONSTRAINT "screenshots_bot_id_fkey" FOREIGN KEY ("bot_id") REFERENCES "bots"("id") ON DELETE CASCADE ON UPDATE CASCADE;
