// The ways in which a server can be away that servers-away.test.ts leaves out.
import { describe, expect, it } from 'vitest';
import { awayPrograms, GRACE_MS, MARGIN_MS, PROGRAMS } from './support/away-programs.ts';

const { servers, begin, untilReady, ...away } = awayPrograms();

describe('a program that gets SIGTERM', () => {
  it.each([
    ['postgres', 'database', 'crashed'],
    ['redis', 'database', 'crashed'],
    ['redis', 'database', 'frozen'],
    ['redis', 'redis', 'crashed'],
  ] as const)('with the queue on %s and the %s %s ends within the grace time', away.expectEndInTime);
});

describe('a program that starts', () => {
  it.each([
    ['postgres', 'crashed'],
    ['redis', 'crashed'],
  ] as const)('waits, with the queue on %s and the database %s', away.expectWait);
  it('does not wait for a Redis that is frozen, and uses it later', () => away.expectUseLater('frozen'));

  it('ends on SIGTERM while it has no Redis yet', async () => {
    await servers.redis.away('frozen');
    const begun = await Promise.all(PROGRAMS.map((main) => begin(main, 'redis')));
    await Promise.all(begun.map(untilReady));
    const ends = begun.map(({ program }) => {
      program.signal('SIGTERM');
      return program.ended();
    });
    for (const { code, tookMs } of await Promise.all(ends)) {
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(GRACE_MS + MARGIN_MS);
    }
  });
});
