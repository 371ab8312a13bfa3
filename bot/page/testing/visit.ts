// Sends a bot to a meeting of the lab, driven by Puppeteer, and keeps what it says.
import { parseMeetingLink } from '@meeboter/domain/meeting-links/parse.ts';
import type { Browser } from 'puppeteer';
import type { ScenarioInput } from '../../../lab/meetings/scenario.ts';
import type { Lab } from '../../../lab/server.ts';
import { guardNavigation } from '../../browser/guard.ts';
import type { Participant } from '../../meeting.ts';
import { testLease } from '../../testing/doubles.ts';
import type { PlatformData } from '../data.ts';
import { createPageMeeting } from '../driver.ts';
import type { Timing } from '../timing.ts';
import { openPuppetPage } from './puppet.ts';

/** Short waits, so that a test takes seconds. */
const TIMING: Partial<Timing> = {
  pollMs: 100,
  watchPollMs: 100,
  confirmMs: 150,
  captchaMs: 200,
  popupMs: 300,
  visitAgainMs: 200,
  awayMs: 1_000,
  strangeLobbyMs: 4_000,
  deadLineMs: 2_000,
  lobbyGoneMs: 1_000,
  scrollListMs: 500,
  openListMs: 500,
};

export interface VisitOptions {
  browser: Browser;
  lab: Lab;
  data: PlatformData;
  scenario: ScenarioInput;
  passcode?: string | null;
  displayName?: string;
  timing?: Partial<Timing>;
}

/** Creates the meeting and the bot. It is empty unless the scenario says otherwise, which is faster. */
export async function visitLab(options: VisitOptions) {
  const { browser, lab, data, scenario, passcode = null, displayName = 'Notes' } = options;
  const { platform } = data;
  const { code, url } = lab.createMeeting({ platform, participants: 0, admit_after_ms: 700, ...scenario });
  const parsed = parseMeetingLink(url, { labOrigin: lab.origin });
  if (!parsed.ok) throw new Error(`the lab's link is refused: ${parsed.message}`);
  const { joinUrl, allowedOrigins } = parsed.link;
  const { page, close } = await openPuppetPage(browser);
  const abort = new AbortController();
  const events: string[] = [];
  const log = {
    info: (event: string, fields: Record<string, unknown> = {}) =>
      void events.push(`${event} ${Object.values(fields).join(' ')}`),
  };
  const meeting = createPageMeeting({
    ...{ data, page, displayName, log, passcode },
    url: joinUrl,
    guard: guardNavigation(page, allowedOrigins, log),
    timing: { ...TIMING, ...options.timing },
  });
  const people: (Participant[] | null)[] = [];
  const turns: { externalId: string; startedAt: Date; endedAt: Date }[] = [];
  const notices: string[] = [];
  let waits = 0;
  const { held } = testLease(abort.signal);
  return {
    ...{ code, url, joinUrl, page, meeting, abort, people, turns, notices, events, held, close },
    waits: () => waits,
    guests: () => lab.presence(code).guests,
    names: () =>
      people
        .at(-1)
        ?.map(({ name }) => name)
        .toSorted(),
    async enter() {
      await meeting.prepare(held);
      await meeting.knock(held);
      await meeting.admission(() => waits++, held);
    },
    watch: () =>
      meeting.watch(
        {
          onParticipants: (others) => people.push(others),
          onSpeakerTurn: (turn) => turns.push(turn),
          onSound: () => undefined,
          onNotice: (code) => notices.push(code),
        },
        held,
      ),
  };
}

export type LabVisit = Awaited<ReturnType<typeof visitLab>>;
