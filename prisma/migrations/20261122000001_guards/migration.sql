-- What Prisma's schema language cannot say: partial indexes, checks, and the
-- trigger that refuses an illegal move of a bot's status.

-- ------------------------------------------------------------------- indexes

-- start sweep and horizon sweep
CREATE INDEX "bots_start_at_scheduled" ON "bots" ("start_at") WHERE "status" = 'SCHEDULED';
-- dispatch: idle slots of one platform, least recently used first
CREATE INDEX "bot_pool_slots_idle" ON "bot_pool_slots"
  ("deployment_platform", "last_used_at" NULLS FIRST, "number") WHERE "state" = 'idle';
-- stop sweep and lease sweep
CREATE INDEX "bot_pool_slots_draining" ON "bot_pool_slots" ("draining_at") WHERE "draining_at" IS NOT NULL;
CREATE INDEX "bot_pool_slots_lease" ON "bot_pool_slots" ("lease_expires_at")
  WHERE "state" IN ('deploying', 'busy') AND "draining_at" IS NULL;
-- slots whose stop failed
CREATE INDEX "bot_pool_slots_error" ON "bot_pool_slots" ("id") WHERE "state" = 'error';
-- deploy sweep
CREATE INDEX "deployments_intent" ON "deployments" ("created_at") WHERE "state" = 'intent';
-- mute sweep: claimed runtimes by their last word
CREATE INDEX "deployments_claimed" ON "deployments" ("last_report_at") WHERE "state" = 'claimed';
-- at most one open deployment per bot
CREATE UNIQUE INDEX "deployments_open_per_bot" ON "deployments" ("bot_id") WHERE "state" <> 'ended';
-- finish sweep: recordings that nobody has completed
CREATE INDEX "recordings_unfinished" ON "recordings" ("started_at") WHERE "status" = 'recording';

-- -------------------------------------------------------------------- checks

ALTER TABLE "bots"
  ADD CONSTRAINT "bots_priority" CHECK ("priority" BETWEEN 0 AND 10),
  ADD CONSTRAINT "bots_attempt" CHECK ("attempt" >= 0),
  ADD CONSTRAINT "bots_recording_state" CHECK ("recording_state" IN ('off', 'recording', 'stopped')),
  ADD CONSTRAINT "bots_ended" CHECK (("ended_at" IS NOT NULL) = ("status" IN ('DONE', 'FATAL', 'CANCELLED')));

ALTER TABLE "bot_pool_slots"
  -- I2: a slot is in use exactly when it has a bot
  ADD CONSTRAINT "bot_pool_slots_used" CHECK (("state" IN ('deploying', 'busy')) = ("bot_id" IS NOT NULL)),
  ADD CONSTRAINT "bot_pool_slots_draining_used" CHECK ("draining_at" IS NULL OR "state" = 'busy');

ALTER TABLE "recordings"
  ADD CONSTRAINT "recordings_status" CHECK ("status" IN ('recording', 'ready', 'failed')),
  ADD CONSTRAINT "recordings_kind" CHECK ("kind" IN ('video', 'audio'));

-- ------------------------------------------------------------- status machine

-- The same moves as domain/status.ts; a test compares the two.
CREATE TABLE "bot_moves" (
  "from_status" "bot_status" NOT NULL,
  "to_status" "bot_status" NOT NULL,
  PRIMARY KEY ("from_status", "to_status")
);

INSERT INTO "bot_moves" ("from_status", "to_status") VALUES
  ('SCHEDULED', 'QUEUED'), ('SCHEDULED', 'FATAL'), ('SCHEDULED', 'CANCELLED'),
  ('QUEUED', 'DEPLOYING'), ('QUEUED', 'FATAL'), ('QUEUED', 'CANCELLED'),
  ('DEPLOYING', 'JOINING_CALL'), ('DEPLOYING', 'QUEUED'), ('DEPLOYING', 'FATAL'), ('DEPLOYING', 'CANCELLED'),
  ('JOINING_CALL', 'IN_WAITING_ROOM'), ('JOINING_CALL', 'IN_CALL'), ('JOINING_CALL', 'LEAVING'),
  ('JOINING_CALL', 'QUEUED'), ('JOINING_CALL', 'FATAL'), ('JOINING_CALL', 'CANCELLED'),
  ('IN_WAITING_ROOM', 'IN_CALL'), ('IN_WAITING_ROOM', 'LEAVING'),
  ('IN_WAITING_ROOM', 'QUEUED'), ('IN_WAITING_ROOM', 'FATAL'), ('IN_WAITING_ROOM', 'CANCELLED'),
  ('IN_CALL', 'LEAVING'), ('IN_CALL', 'FATAL'),
  ('LEAVING', 'DONE'), ('LEAVING', 'FATAL'), ('LEAVING', 'CANCELLED');

CREATE FUNCTION "refuse_illegal_bot_move"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM bot_moves WHERE from_status = OLD.status AND to_status = NEW.status
  ) THEN
    RAISE EXCEPTION 'illegal move of bot % from % to %', OLD.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "bots_status_moves" BEFORE UPDATE OF "status" ON "bots"
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION "refuse_illegal_bot_move"();

-- Every account has its subscription row: the event counter lives there.
CREATE FUNCTION "give_user_a_subscription"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO subscription (user_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
  RETURN NEW;
END $$;

CREATE TRIGGER "user_subscription" AFTER INSERT ON "user"
  FOR EACH ROW EXECUTE FUNCTION "give_user_a_subscription"();
