// The bot in a call that is one page of a test, and what it tells of it.
import type { Page } from 'playwright';
import type { CallObserver, Participant } from '../../meeting.ts';
import { testLease } from '../../testing/doubles.ts';
import type { Timing } from '../timing.ts';
import { createGoogleMeet, guardOf } from './meet.ts';

const TIMING: Partial<Timing> = {
  watchPollMs: 40,
  confirmMs: 120,
  contradictedMs: 900,
  popupMs: 100,
  silenceMs: 250,
  openListMs: 200,
  scrollListMs: 100,
};

/** Begins to watch the call that a page shows. */
export function watchCall(page: Page, timing: Partial<Timing> = {}, displayName = 'Notes') {
  const people: (Participant[] | null)[] = [];
  const turns: Parameters<CallObserver['onSpeakerTurn']>[0][] = [];
  const notices: string[] = [];
  const events: string[] = [];
  let sounds = 0;
  const abort = new AbortController();
  const meeting = createGoogleMeet({
    page,
    url: 'https://meet.google.com/abc-defg-hij',
    displayName,
    guard: guardOf(page, ['https://meet.google.com']),
    timing: { ...TIMING, ...timing },
    log: { info: (event, fields = {}) => events.push(`${event} ${Object.values(fields).join(' ')}`) },
  });
  const over = meeting.watch(
    {
      onParticipants: (others) => people.push(others),
      onNotice: (code) => notices.push(code),
      onSound: () => {
        sounds += 1;
      },
      onSpeakerTurn: (turn) => turns.push(turn),
    },
    testLease(abort.signal).held,
  );
  return {
    ...{ people, turns, notices, events, over },
    sounds: () => sounds,
    names: () =>
      people
        .at(-1)
        ?.map(({ name }) => name)
        .toSorted() ?? null,
    async stop() {
      abort.abort();
      await over;
    },
  };
}
