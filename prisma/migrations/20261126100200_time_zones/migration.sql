-- Time zones of accounts: a name that PostgreSQL does not know made every booking
-- of the account fail.

-- The zone when AT TIME ZONE takes it, else NULL. For reading: zones come and go
-- with the time zone data of the server.
CREATE FUNCTION "known_time_zone"(zone text) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  PERFORM now() AT TIME ZONE zone;
  RETURN zone;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;

-- For writing: only IANA names, in their own spelling. AT TIME ZONE alone would also
-- take anything that looks like a POSIX rule, 'Berlin1' for example, as an offset.
CREATE FUNCTION "check_time_zone"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  iana text;
BEGIN
  SELECT name INTO iana FROM pg_timezone_names WHERE lower(name) = lower(NEW.time_zone) ORDER BY name LIMIT 1;
  IF iana IS NULL THEN
    RAISE EXCEPTION 'There is no time zone "%": use an IANA name, for example Europe/Berlin', NEW.time_zone
      USING ERRCODE = 'check_violation';
  END IF;
  NEW.time_zone := iana;
  RETURN NEW;
END $$;

UPDATE "subscription" SET "time_zone" = 'UTC'
WHERE "time_zone" <> 'UTC' AND NOT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = "time_zone");

-- Not when other columns change: reading all names takes some 10 ms.
CREATE TRIGGER "subscription_time_zone" BEFORE INSERT OR UPDATE OF "time_zone" ON "subscription"
  FOR EACH ROW WHEN (NEW."time_zone" <> 'UTC') EXECUTE FUNCTION "check_time_zone"();
