// The driver for the small meeting in sample-meeting.ts.
import type { PagePort } from '../browser/page-port.ts';
import { sleep } from '../clock.ts';
import { type Meeting, MeetingFault } from '../meeting.ts';
import type { RoomState } from './sample-meeting.ts';

const LOOK_EVERY_MS = 100;

/** Creates the driver for the small meeting at `url`. */
export function createSampleMeeting(page: PagePort, url: string): Meeting {
  const run = async (script: string) => (await page.documents())[0]?.evaluate(script);
  const room = async () => (await run('window.room')) as RoomState | null;
  const call = (path: string) => run(`fetch('/meeting/${path}').then(() => null)`);
  return {
    async prepare() {
      await page.open(url, 30_000).catch((cause: unknown) => {
        throw new MeetingFault('navigation_failed', 'not there', { cause });
      });
    },
    async knock(lease) {
      lease.throwIfLost();
      await call('knock');
      return new Date();
    },
    async admission(onWaitingRoom, { signal }) {
      for (let first = true; ; first = false) {
        const state = await room();
        if (state?.denied) throw new MeetingFault('denied', 'denied', { facts: { text: 'no' } });
        if (state?.admitted) break;
        if (first) onWaitingRoom();
        await sleep(LOOK_EVERY_MS, signal);
      }
      const admittedAt = new Date();
      await run('window.play()');
      return admittedAt;
    },
    async watch(observer, { signal }) {
      while (!signal.aborted) {
        const state = await room();
        if (state?.ended) return { reason: state.ended, because: 'the test says so' };
        if (state?.crash) await crash(page);
        const people = state?.people.map((name) => ({ externalId: name, name, isHost: false })) ?? null;
        observer.onParticipants(people);
        await sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      }
      return null;
    },
    lastSeen: () => ({ state: 'meeting', silentMs: 0, notStarted: false }),
    write: async () => false,
    remedy: 'Admit the bot.',
    ownWords: (text) => (text === 'pre-join' ? text : '…'),
    async leave() {
      await call('leave').catch(() => undefined);
      await page.open('about:blank', 5_000).catch(() => undefined);
    },
  };
}

async function crash(page: PagePort): Promise<void> {
  const session = await page.devTools();
  // The crashed page never answers this call.
  session.send('Page.crash').catch(() => undefined);
}
