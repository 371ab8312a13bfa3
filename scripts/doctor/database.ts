import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONNECTIONS } from '@meeboter/chassis/connections.ts';
import { directUrl, isPooled } from '@meeboter/chassis/env/database.ts';
import type { ServerSettings } from '@meeboter/chassis/env.ts';
import { withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { type DatabaseFacts, databaseFacts } from '@meeboter/prisma/sql/database-facts.ts';
import { clockFinding, type Finding, findingsOf, messageOf } from './finding.ts';

const ABOUT = 'database';
const { ok, warning, error } = findingsOf(ABOUT);
const LIMIT_MS = 10_000;
const OLDEST_VERSION = 140_000;
/** Two of each program, as in a roll-out. */
const REPLICAS = 2;
/** PostgreSQL keeps these for superusers. */
const RESERVED = 3;

/** Checks the database: that it answers, its version, clock and migrations, and how many connections it allows. */
export async function checkDatabase(settings: ServerSettings): Promise<Finding[]> {
  const db = openDatabase({ url: directUrl(settings), poolSize: 1, applicationName: 'meeboter doctor' });
  try {
    const askedAtMs = Date.now();
    const facts = await withTimeLimit(LIMIT_MS, () => databaseFacts(db));
    const clock = clockFinding(ABOUT, facts.now.getTime(), { askedAtMs, answeredAtMs: Date.now() });
    return [versionOf(facts), clock, migrationsOf(facts), connectionsOf(facts, settings), poolerOf(settings)];
  } catch (cause) {
    return [
      error(
        `it does not answer: ${messageOf(cause)}`,
        'Check DATABASE_URL: host, port, name, user and password.',
      ),
    ];
  } finally {
    await db.$disconnect().catch(() => undefined);
  }
}

function versionOf({ version }: DatabaseFacts): Finding {
  const text = `PostgreSQL ${Math.floor(version / 10_000)}`;
  return version >= OLDEST_VERSION ? ok(text) : error(text, 'Use PostgreSQL 14 or newer.');
}

function migrationsOf({ migrations }: DatabaseFacts): Finding {
  const folder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
  const ours = readdirSync(folder, { withFileTypes: true }).flatMap((it) =>
    it.isDirectory() ? [it.name] : [],
  );
  const applied = new Set(migrations ?? []);
  const missing = ours.filter((name) => !applied.has(name));
  const foreign = [...applied].filter((name) => !ours.includes(name));
  if (foreign.length > 0) {
    return error(
      `it was migrated by a newer version: ${foreign.join(', ')}`,
      'Use that version, or restore a backup from before the update.',
    );
  }
  if (missing.length === 0) return ok(`all ${ours.length} migrations are applied`);
  return warning(
    migrations === null ? 'it is empty' : `${missing.length} of ${ours.length} migrations are not applied`,
    'Run `node scripts/migrate.ts`; the API does it at its start too.',
  );
}

function connectionsOf({ max_connections, connections }: DatabaseFacts, settings: ServerSettings): Finding {
  const queueIsHere = settings.REDIS_URL === undefined;
  const each = Object.values(CONNECTIONS).map(
    (it) => it.database + it.sequencer + (queueIsHere ? it.queue + (it.listens ? 1 : 0) : 0),
  );
  const one = each.reduce((sum, n) => sum + n, 0);
  const needed = REPLICAS * one;
  const available = max_connections - RESERVED;
  const text = `one API, scheduler and deployer open up to ${one} connections; it allows ${available}, and ${connections} are open`;
  if (available >= needed) return ok(text);
  return warning(
    `${text}, which is too few for two of each, as in an update`,
    `Set max_connections to ${needed + RESERVED} or more.`,
  );
}

function poolerOf(settings: ServerSettings): Finding {
  return ok(
    isPooled(settings)
      ? 'DATABASE_URL leads through a pooler, DATABASE_DIRECT_URL around it'
      : 'no pooler (DATABASE_DIRECT_URL is unset)',
  );
}
