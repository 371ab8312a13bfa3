import { EARLY_MS } from '@meeboter/prisma/sql/start-due-bots.ts';
import { describe, expect, it } from 'vitest';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { dispatchJob, MOMENT_MS, requestStarts, startJob } from './inbox.ts';

const NOW = new Date('2026-11-25T12:00:00.050Z');
const at = (text: string) => new Date(`2026-11-25T12:${text}Z`);

async function asked(...startsAt: Date[]) {
  const jobs = handQueue();
  await requestStarts(jobs, startsAt, NOW);
  const of = (queue: string) => jobs.hints.filter((hint) => hint.queue === queue);
  return {
    moments: of(startJob.queue).map(({ payload }) => startJob.payload.parse(payload).start_at),
    looks: of(dispatchJob.queue).length,
    delays: of(startJob.queue).map(({ delayMs }) => delayMs),
  };
}

describe('requestStarts', () => {
  it('leaves one job for all bots of a moment, at its beginning', async () => {
    expect(await asked(at('10:00.000'), at('10:00.000'), at('10:00.099'), at('10:00.100'))).toEqual({
      moments: ['2026-11-25T12:10:00.000Z', '2026-11-25T12:10:00.100Z'],
      looks: 0,
      delays: [599_950, 600_050],
    });
  });

  it('has what is due looked for at once, and what is due within this moment', async () => {
    expect(await asked(at('00:00.050'), at('00:00.099'), at('00:00.100'))).toEqual({
      moments: ['2026-11-25T12:00:00.100Z'],
      looks: 1,
      delays: [50],
    });
  });

  it('never lets a job come so early that its bots are not due', () => {
    expect(EARLY_MS).toBeGreaterThanOrEqual(MOMENT_MS * 2);
  });

  it('names a job by its moment', () => {
    const name = (start_at: string) => startJob.jobId?.({ start_at });
    expect(name('2026-11-25T12:00:00.000Z')).toBe(name('2026-11-25T12:00:00Z'));
    expect(name('2026-11-25T12:00:00.000Z')).not.toBe(name('2026-11-25T12:00:00.100Z'));
  });
});
