// Slot cycles per second, on tables of growing size. A cycle is a bot's whole use of a slot, with the product's
// statements and transactions: dispatch of one bot (bot, queue row, slot, deployment, event), claim (lease, status,
// event), end of the bot (status, event, slot draining), stop confirmed (slot idle, deployment ended). HTTP and
// the job queue are left out. Baseline: only acquiring and releasing a slot, one fenced statement each, on a table
// of the same size.
import type { Database } from '@meeboter/prisma/client.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { claimDeployment } from '@meeboter/prisma/sql/claim-deployment.ts';
import { endDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { dispatchBots } from '@meeboter/prisma/sql/dispatch-bots.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import type { Pool } from 'pg';
import type { Figure } from '../figures.ts';
import { loop, percentile } from '../measure.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { insertAccounts, insertIdleSlots, insertQueue } from '../rows.ts';
import { type Servers, startServers } from '../servers.ts';

const SIZES = [100, 1_000, 100_000];
const CLIENTS = [1, 8, 32];

export async function slots(options: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  const rates = new Map<number, number>();
  for (const size of SIZES) {
    const servers = await startServers(options.redis);
    const { pool } = servers;
    await insertAccounts(pool);
    await insertIdleSlots(pool, size);
    await makePlainSlots(pool, size);
    const seconds = scaled(options, 5, 1);
    let round = 0;
    for (const clients of CLIENTS) {
      round += 1;
      const ours = await measureOurs(servers, { round, clients, seconds, size });
      const bare = await loop(clients, seconds, () => plainCycle(pool));
      const name = `${size.toLocaleString('en')} slots, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
      figures.push(
        {
          section: 'slots',
          name: `${name}: cycles`,
          value: ours.perSecond,
          unit: '/s',
          baseline: bare.perSecond,
        },
        {
          section: 'slots',
          name: `${name}: dispatch alone, p50`,
          value: percentile(ours.dispatchMs, 0.5),
          unit: 'ms',
          baseline: null,
        },
      );
      if (clients === 1) rates.set(size, percentile(ours.dispatchMs, 0.5));
    }
    await servers.close();
  }
  const [small = Number.NaN, large = Number.NaN] = [rates.get(100), rates.get(100_000)];
  figures.push({
    section: 'slots',
    name: 'dispatch at 100,000 slots over dispatch at 100, 1 client',
    value: large,
    unit: 'ms',
    baseline: small,
  });
  return figures;
}

async function measureOurs(
  { pool, databaseUrl }: Servers,
  { round, clients, seconds, size }: { round: number; clients: number; seconds: number; size: number },
) {
  // More bots than cycles that can be run.
  await insertQueue(pool, round, Math.ceil(seconds * 1_200) + 500);
  await pool.query('VACUUM ANALYZE');
  const db = openDatabase({ url: databaseUrl, poolSize: clients });
  const dispatchMs: number[] = [];
  try {
    const result = await loop(
      clients,
      seconds,
      () => cycle(db, size, dispatchMs),
      () => {
        dispatchMs.length = 0;
      },
    );
    return { perSecond: result.perSecond, dispatchMs };
  } finally {
    await db.$disconnect();
    await pool.query('DELETE FROM bot_pool_queue');
  }
}

async function cycle(db: Database, limit: number, dispatchMs: number[]): Promise<void> {
  const startedAtMs = performance.now();
  const [dispatched] = await dispatchBots(db, {
    platform: 'aws',
    limit,
    batch: 1,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });
  dispatchMs.push(performance.now() - startedAtMs);
  // Nothing was dispatched, because other clients have locked the bots or slots (SKIP LOCKED).
  if (!dispatched) return;
  const { deploymentId, botId } = dispatched;
  const claimed = await claimDeployment(db, { deploymentId, runtimeId: 'run_bench', leaseMs: 60_000 });
  if (!claimed) throw new Error('the claim was refused');
  await db.$transaction((tx) =>
    transitionBot(tx, botId, 'CANCELLED', { subCode: 'user_requested', actor: 'user' }),
  );
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment || !(await db.$transaction((tx) => endDeployment(tx, deployment)))) {
    throw new Error('the slot was not freed');
  }
}

async function makePlainSlots(pool: Pool, size: number): Promise<void> {
  await pool.query(`CREATE TABLE plain_slots (id bigint PRIMARY KEY, state text NOT NULL, bot_id text,
    lease_epoch bigint NOT NULL DEFAULT 0, lease_expires_at timestamptz, last_used_at timestamptz)`);
  await pool.query(
    `CREATE INDEX plain_slots_idle ON plain_slots (last_used_at NULLS FIRST) WHERE state = 'idle'`,
  );
  await pool.query(`INSERT INTO plain_slots SELECT n, 'idle' FROM generate_series(1, $1::bigint) n`, [size]);
}

async function plainCycle(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ id: string; lease_epoch: string }>({
    name: 'plain_acquire',
    text: `WITH idle AS MATERIALIZED (
        SELECT id FROM plain_slots WHERE state = 'idle'
        ORDER BY last_used_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
      UPDATE plain_slots s SET state = 'busy', bot_id = 'bot', lease_epoch = lease_epoch + 1,
        lease_expires_at = now() + interval '60 s'
      FROM idle WHERE s.id = idle.id RETURNING s.id, s.lease_epoch`,
  });
  const [slot] = rows;
  if (!slot) return;
  await pool.query({
    name: 'plain_release',
    text: `UPDATE plain_slots SET state = 'idle', bot_id = NULL, lease_expires_at = NULL, last_used_at = now()
      WHERE id = $1 AND lease_epoch = $2 AND state = 'busy'`,
    values: [slot.id, slot.lease_epoch],
  });
}
