-- A file of which parts are missing, until it is rewritten: what it holds, and where.
ALTER TABLE "recordings" ADD COLUMN "unmended" JSONB;
