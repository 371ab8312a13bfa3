// Tells that the bot waits for somebody: `bot.needs_action` after a while in the lobby, with what to do, and
// `bot.action_settled` when the waiting is over, so that somebody can be nudged in time.
import type { Meeting } from './meeting.ts';
import type { Visit } from './visit.ts';

export interface Help {
  /** The bot waits for admission. */
  waits(): void;
  /** The waiting is over. */
  settled(how: 'admitted' | 'given_up'): void;
}

export function callForHelp({ claim, session, clock }: Visit, { remedy }: Pick<Meeting, 'remedy'>): Help {
  const seconds = claim.leave_rules.needs_action_after_seconds;
  let timer: NodeJS.Timeout | null = null;
  let sinceMs = 0;
  let asked = false;
  const notice = (kind: 'needs_action' | 'action_settled', settled: { settled?: string } = {}) => {
    const waited_seconds = Math.round((clock.monotonicMs() - sinceMs) / 1000);
    session.report({
      kind: 'notice',
      at: clock.now().toISOString(),
      notice: kind,
      // Both have it: by the sub_code the server knows what is settled.
      sub_code: 'waiting_for_admission',
      facts: { waited_seconds, platform: claim.meeting.platform, remedy, ...settled },
    });
  };
  return {
    waits() {
      if (timer !== null) return;
      sinceMs = clock.monotonicMs();
      timer = setTimeout(() => {
        asked = true;
        notice('needs_action');
      }, seconds * 1000);
      timer.unref();
    },
    settled(how) {
      if (timer !== null) clearTimeout(timer);
      if (asked) notice('action_settled', { settled: how });
      asked = false;
    },
  };
}
