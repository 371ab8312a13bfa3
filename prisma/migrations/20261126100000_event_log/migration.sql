-- The event log without a lock per account (docs/architecture.md, "The event log").
-- A writer gives an event its bot's own number; the sequencer gives it the account's number later.

ALTER TABLE "bots" ADD COLUMN "event_seq" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "events" DROP CONSTRAINT "events_bot_id_fkey";
ALTER TABLE "events" DROP CONSTRAINT "events_pkey";
ALTER TABLE "events" ADD COLUMN "position" BIGSERIAL;
ALTER TABLE "events" ADD COLUMN "bot_seq" INTEGER;
ALTER TABLE "events" ADD COLUMN "erased" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "events" ALTER COLUMN "seq" DROP NOT NULL;

UPDATE "events" e SET "bot_seq" = n."n"
FROM (SELECT "position", row_number() OVER (PARTITION BY "bot_id" ORDER BY "seq") AS "n" FROM "events") n
WHERE n."position" = e."position";
UPDATE "bots" b SET "event_seq" = n."n"
FROM (SELECT "bot_id", count(*) AS "n" FROM "events" GROUP BY "bot_id") n WHERE n."bot_id" = b."id";

ALTER TABLE "events" ALTER COLUMN "bot_seq" SET NOT NULL;
ALTER TABLE "events" DROP COLUMN "id";
ALTER TABLE "events" ADD CONSTRAINT "events_pkey" PRIMARY KEY ("position");
DROP INDEX "events_bot_id_seq_idx";
CREATE UNIQUE INDEX "events_bot_id_bot_seq_key" ON "events" ("bot_id", "bot_seq");
-- what the sequencer looks for
CREATE INDEX "events_unnumbered" ON "events" ("position") WHERE "seq" IS NULL;

CREATE TABLE "event_counters" (
  "user_id" TEXT NOT NULL,
  "last_seq" BIGINT NOT NULL,
  CONSTRAINT "event_counters_pkey" PRIMARY KEY ("user_id")
);
ALTER TABLE "event_counters" ADD CONSTRAINT "event_counters_user_id_fkey"
  FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
INSERT INTO "event_counters" SELECT "user_id", "event_seq" FROM "subscription" WHERE "event_seq" > 0;
ALTER TABLE "subscription" DROP COLUMN "event_seq";

-- A deleted bot's events stay as tombstones, without their content: the account's numbers keep no gap,
-- and a reader that has not come so far yet misses none.
CREATE FUNCTION "erase_events_of_bot"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE events SET erased = true, sub_code = NULL, payload = '{}' WHERE bot_id = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER "bots_erase_events" AFTER DELETE ON "bots"
  FOR EACH ROW EXECUTE FUNCTION "erase_events_of_bot"();

-- A deleted account's events go with it. No foreign key: its check would lock the account's row
-- for every event that is written.
CREATE FUNCTION "delete_events_of_user"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM events WHERE user_id = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER "user_delete_events" AFTER DELETE ON "user"
  FOR EACH ROW EXECUTE FUNCTION "delete_events_of_user"();

-- A runtime may report only so much.
ALTER TABLE "deployments" ADD COLUMN "entries_taken" INTEGER NOT NULL DEFAULT 0;
