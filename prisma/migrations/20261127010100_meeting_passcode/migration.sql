-- A passcode that somebody has to type, given beside the link. Told to the runtime only.
ALTER TABLE "bots" ADD COLUMN "meeting_passcode" TEXT;
