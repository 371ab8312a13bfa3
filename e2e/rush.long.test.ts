// Many bots with the same join time, on a platform that starts two containers per request, with runtimes that
// send every report twice at the same time: each bot runs once, to its end.
import type { RuntimeSpec } from '@meeboter/deployer/platforms/platform.ts';
import {
  CLAIM_PATH,
  claimAnswerSchema,
  REPORT_PATH,
  type ReportEntry,
} from '@meeboter/domain/bot-protocol.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { findViolations } from '@meeboter/prisma/sql/find-violations.ts';
import { startJob } from '@meeboter/scheduler/inbox.ts';
import { describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { platformDouble } from './support/platform-double.ts';
import { GOOD_LIFE, startWorld } from './support/world.ts';

const BOTS = 60;
const now = () => new Date().toISOString();
const status = (to: 'IN_WAITING_ROOM' | 'IN_CALL' | 'LEAVING' | 'DONE', sub_code: string): ReportEntry => ({
  ...{ kind: 'status', at: now(), status: to, sub_code },
});
const turn = (n: number): ReportEntry => ({
  ...{ kind: 'speaker_turn', external_id: 'somebody' },
  ...{ started_at: new Date(n * 1_000).toISOString(), ended_at: new Date(n * 1_000 + 500).toISOString() },
});
const knocked = (): ReportEntry => ({ kind: 'phase', at: now(), phase: 'knocked' });

async function post(url: string, token: string, body: unknown) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

/** A container: claims its bot and, if it wins, reports a whole life. Returns the statuses of the answers. */
async function container({ apiUrl, claimToken }: RuntimeSpec): Promise<number[]> {
  const runtime_id = `run_${crypto.randomUUID()}`;
  const claimed = await post(apiUrl + CLAIM_PATH, claimToken, { runtime_id, version: 'test' });
  if (claimed.status !== 200) return [claimed.status];
  const { attempt, epoch, session_token } = claimAnswerSchema.parse(claimed.body);
  const answers = [claimed.status];
  const report = async (report_seq: number, ...entries: ReportEntry[]) => {
    const body = { attempt, epoch, report_seq, entries };
    const both = await Promise.all([0, 1].map(() => post(apiUrl + REPORT_PATH, session_token, body)));
    answers.push(...both.map((answer) => answer.status));
  };
  await report(1, { kind: 'phase', at: now(), phase: 'browser_ready' });
  await report(2, knocked(), status('IN_WAITING_ROOM', 'knocked'), turn(1));
  await report(3, status('IN_CALL', 'admitted'), { kind: 'phase', at: now(), phase: 'admitted' });
  await report(4);
  await report(5, turn(2), turn(3));
  await report(6, status('LEAVING', 'everyone_left'));
  await report(7, status('DONE', 'finished'));
  return answers;
}

describe.each(['postgres', 'redis'] as const)('on %s', (queue) => {
  it('each bot of a rush runs once, to its end', async () => {
    const answers: Promise<number[][]>[] = [];
    const platform = platformDouble();
    const start = platform.start;
    platform.start = async (spec, signal) => {
      if (!platform.running.has(spec.deploymentId)) {
        answers.push(Promise.all([container(spec), container(spec)]));
      }
      return start(spec, signal);
    };
    const world = await startWorld({
      queue,
      platforms: { aws: platform },
      env: { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: String(BOTS) },
    });
    const db = openDatabase({ url: world.settings.DATABASE_URL });
    try {
      await world.database.query(
        `INSERT INTO bot_pool_platforms (deployment_platform, lead_ms) VALUES ('aws', 0)
         ON CONFLICT (deployment_platform) DO UPDATE SET lead_ms = 0`,
      );
      const join_at = new Date(Date.now() + 4_000).toISOString();
      const booking = { meeting_url: 'https://meet.google.com/abc-defg-hij', join_at };
      const bots = await Promise.all(
        Array.from({ length: BOTS }, (_, n) => world.book({ ...booking, display_name: `Bot ${n}` })),
      );
      const [delayed] = world.jobs.board([startJob.queue]);
      expect(await delayed?.getDelayedCount()).toBe(1);

      const statusOf = async () => db.bot.groupBy({ by: ['status'], _count: true });
      await eventually(
        'all bots are done',
        async () => (await statusOf()).every((it) => it.status === 'DONE'),
        {
          deadlineMs: 40_000,
        },
      );
      const statuses = (await Promise.all(answers)).flat();
      const winners = statuses.filter(([claim]) => claim === 200);
      expect(winners).toHaveLength(BOTS);
      expect(statuses.filter(([claim]) => claim === 409)).toHaveLength(BOTS);
      // One copy of the last report may be fenced off, because the other one has ended the bot.
      for (const all of winners) expect(all.slice(0, -2).every((answer) => answer === 200)).toBe(true);
      for (const bot of bots.slice(0, 5)) expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
      const rows = await db.bot.findMany({ include: { _count: { select: { speakerTurns: true } } } });
      for (const row of rows) {
        expect(row).toMatchObject({ attempt: 1, _count: { speakerTurns: 3 } });
        expect(row.knockedAt).toBeInstanceOf(Date);
        expect(row.browserReadyAt).toBeInstanceOf(Date);
      }
      expect(await findViolations(db)).toEqual([]);
    } finally {
      await db.$disconnect();
      await world.close();
    }
  });
});
