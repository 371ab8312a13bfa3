-- What a booking says about the stay in the call: its latest moment, who is no company, and a line for the chat.
ALTER TABLE "bots" ADD COLUMN "end_at" TIMESTAMPTZ(3),
ADD COLUMN "note_takers" TEXT[] NOT NULL DEFAULT '{}',
ADD COLUMN "entry_message" TEXT;
-- For the bots that are in the call of one meeting now.
CREATE INDEX "bots_in_call" ON "bots" ("meeting_key") WHERE "status" = 'IN_CALL';
