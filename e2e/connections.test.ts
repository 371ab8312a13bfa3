// Two of each program fit into PostgreSQL's default of 100 connections. The connections of one API, scheduler and
// deployer are counted at the server while all three are busy.
import { readFileSync } from 'node:fs';
import { CONNECTIONS, type Connections } from '@meeboter/chassis/connections.ts';
import { afterAll, expect, it } from 'vitest';
import { platformDouble } from './support/platform-double.ts';
import { startWorld, type World } from './support/world.ts';

const MEETING = 'https://meet.google.com/abc-defg-hij';
/** PostgreSQL's defaults: max_connections less superuser_reserved_connections. */
const AVAILABLE = 100 - 3;
const programs = Object.entries(CONNECTIONS);
const ofQueue = ({ queue, listens }: Connections) => queue + (listens ? 1 : 0);
const sumOf = (it: Connections) => it.database + ofQueue(it) + it.sequencer;
const total = programs.reduce((sum, [, it]) => sum + sumOf(it), 0);

let world: World | undefined;
afterAll(() => world?.close());

it('busy programs open no more connections than declared', async () => {
  const platforms = { aws: platformDouble() };
  world = await startWorld({ platforms, env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '100' } });
  const { database, book, call } = world;
  const most = new Map<string, number>();
  let mostInAll = 0;
  const count = async () => {
    const rows = await database.query<{ name: string; count: number }>(
      `SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
       GROUP BY 1`,
    );
    for (const { name, count } of rows) {
      // A connection has no name yet for a moment while it is being opened.
      if (name !== '') most.set(name, Math.max(count, most.get(name) ?? 0));
    }
    mostInAll = Math.max(
      mostInAll,
      rows.reduce((sum, row) => sum + row.count, 0),
    );
  };
  let busy = true;
  const counting = (async () => {
    while (busy) await count();
  })();
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(Array.from({ length: 30 }, () => book({ meeting_url: MEETING })));
    await Promise.all(Array.from({ length: 30 }, () => call('GET', '/v1/bots')));
  }
  busy = false;
  await counting;

  const allowed = new Map<string, number>(
    programs.flatMap(([name, it]): [string, number][] => [
      [`meeboter ${name}`, it.database],
      [`meeboter ${name} queue`, ofQueue(it)],
    ]),
  );
  allowed.set('meeboter sequencer', CONNECTIONS.scheduler.sequencer);
  for (const [name, connections] of most) {
    expect({ name, connections: Math.max(connections, allowed.get(name) ?? 0) }).toEqual({
      name,
      connections: allowed.get(name),
    });
  }
  // The load was high enough to use every connection.
  expect(most.get('meeboter api')).toBe(CONNECTIONS.api.database);
  expect(most.get('meeboter api queue')).toBe(CONNECTIONS.api.queue);
  expect(most.size).toBe(allowed.size);
  expect(mostInAll).toBeLessThanOrEqual(total);
});

it('twice the declared sum fits the default, and the documentation has the same numbers', () => {
  expect(2 * total).toBeLessThan(AVAILABLE);
  const rows = readFileSync(new URL('../docs/self-hosting.md', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.replaceAll(/[*`]/g, '').trim()));
  const documented = (name: string) =>
    rows
      .find((row) => row[1] === name && row.length === 7)
      ?.slice(2, 6)
      .map(Number);
  for (const [name, it] of programs) {
    expect([name, documented(name)]).toEqual([name, [it.database, ofQueue(it), it.sequencer, sumOf(it)]]);
  }
  expect(documented('together')?.at(-1)).toBe(total);
});
