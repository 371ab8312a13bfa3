import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BOT_STATUSES,
  type BotStatus,
  canMove,
  isTerminal,
  statusesBefore,
  TERMINAL_STATUSES,
} from './status.ts';

describe('the life of a bot', () => {
  it('ends in DONE, FATAL or CANCELLED, and these are never left', () => {
    expect(TERMINAL_STATUSES).toEqual(['DONE', 'FATAL', 'CANCELLED']);
    for (const from of TERMINAL_STATUSES) {
      for (const to of BOT_STATUSES) expect(canMove(from, to)).toBe(false);
    }
  });

  it('lets every living bot fail', () => {
    for (const from of BOT_STATUSES.filter((status) => !isTerminal(status)))
      expect(canMove(from, 'FATAL')).toBe(true);
  });

  it('skips LEAVING only into FATAL, and never goes back from the call', () => {
    expect(canMove('IN_CALL', 'DONE')).toBe(false);
    expect(canMove('IN_CALL', 'CANCELLED')).toBe(false);
    expect(canMove('IN_CALL', 'QUEUED')).toBe(false);
    expect(statusesBefore('DONE')).toEqual(['LEAVING']);
  });

  it('never knocks twice in one attempt, and goes round only before admission', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 60, maxLength: 60 }), (choices) => {
        let status: BotStatus = 'SCHEDULED';
        const seen: string[] = [status];
        for (const choice of choices) {
          const from: BotStatus = status;
          const moves: BotStatus[] = BOT_STATUSES.filter((to) => canMove(from, to));
          if (moves.length === 0) break;
          status = moves[choice % moves.length] ?? status;
          seen.push(status);
        }
        const afterAdmission = seen.slice(seen.indexOf('IN_CALL') + 1);
        if (seen.includes('IN_CALL')) {
          expect(afterAdmission).not.toContain('QUEUED');
          expect(afterAdmission).not.toContain('SCHEDULED');
        }
        // Whoever has knocked is not rescheduled, only lost and queued again.
        const afterKnock = seen.filter((_, at) => seen[at - 1] === 'IN_WAITING_ROOM');
        expect(afterKnock).not.toContain('SCHEDULED');
      }),
    );
  });
});
