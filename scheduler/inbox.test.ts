import { EARLY_MS } from '@meeboter/prisma/sql/start-due-bots.ts';
import { describe, expect, it } from 'vitest';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { dispatchJob, MOMENT_MS, requestStarts, startJob } from './inbox.ts';

const NOW = new Date('2026-11-25T12:00:00.050Z');
const at = (text: string) => new Date(`2026-11-25T12:${text}Z`);

async function requested(...startsAt: Date[]) {
  const jobs = handQueue();
  await requestStarts(jobs, startsAt, NOW);
  const of = (queue: string) => jobs.hints.filter((hint) => hint.queue === queue);
  return {
    moments: of(startJob.queue).map(({ payload }) => startJob.payload.parse(payload).start_at),
    dispatches: of(dispatchJob.queue).length,
    delays: of(startJob.queue).map(({ delayMs }) => delayMs),
  };
}

describe('requestStarts', () => {
  it('sends one job per tenth of a second, delayed to its beginning', async () => {
    expect(await requested(at('10:00.000'), at('10:00.000'), at('10:00.099'), at('10:00.100'))).toEqual({
      moments: ['2026-11-25T12:10:00.000Z', '2026-11-25T12:10:00.100Z'],
      dispatches: 0,
      delays: [599_950, 600_050],
    });
  });

  it('requests a dispatch for starts that are due or within the current tenth of a second', async () => {
    expect(await requested(at('00:00.050'), at('00:00.099'), at('00:00.100'))).toEqual({
      moments: ['2026-11-25T12:00:00.100Z'],
      dispatches: 1,
      delays: [50],
    });
  });

  it('a job never runs so early that its bots are not due yet', () => {
    expect(EARLY_MS).toBeGreaterThanOrEqual(MOMENT_MS * 2);
  });

  it('a job’s id is derived from its start time', () => {
    const name = (start_at: string) => startJob.jobId?.({ start_at });
    expect(name('2026-11-25T12:00:00.000Z')).toBe(name('2026-11-25T12:00:00Z'));
    expect(name('2026-11-25T12:00:00.000Z')).not.toBe(name('2026-11-25T12:00:00.100Z'));
  });
});
