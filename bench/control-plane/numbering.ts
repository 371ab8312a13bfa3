// How long events wait for their account's number.
import type pg from 'pg';

/** Has the database note, from now on, when each event gets its number. */
export async function noteNumbering(pool: pg.Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE bench_numbered (at timestamptz, numbered_at timestamptz);
    CREATE FUNCTION bench_note_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO bench_numbered SELECT at, clock_timestamp() FROM numbered;
      RETURN NULL;
    END $$;
    CREATE TRIGGER bench_numbered AFTER UPDATE ON events REFERENCING NEW TABLE AS numbered
      FOR EACH STATEMENT EXECUTE FUNCTION bench_note_numbered();`);
}

/** From the start of the transaction that wrote an event to its number, ms, of all events since `noteNumbering`. */
export async function numberingMs(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ ms: number }>(
    'SELECT (extract(epoch FROM numbered_at - at) * 1000)::float8 AS ms FROM bench_numbered',
  );
  return rows.map(({ ms }) => ms);
}
