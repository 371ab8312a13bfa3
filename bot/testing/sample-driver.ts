// The driver for the small meeting in sample-meeting.ts.
import type { Page } from 'playwright';
import { sleep } from '../clock.ts';
import { type Meeting, MeetingFault } from '../meeting.ts';
import type { RoomState } from './sample-meeting.ts';

const LOOK_EVERY_MS = 100;

/** Creates the driver for the small meeting at `url`. */
export function createSampleMeeting(page: Page, url: string): Meeting {
  const room = async () => (await page.evaluate('window.room')) as RoomState | null;
  const call = (path: string) => page.evaluate(`fetch('/meeting/${path}').then(() => null)`);
  return {
    async prepare() {
      await page.goto(url).catch((cause: unknown) => {
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
      await page.evaluate('window.play()');
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
    lastSeen: () => ({ state: 'meeting', silentMs: 0 }),
    ownWords: (text) => (text === 'pre-join' ? text : '…'),
    async leave() {
      await call('leave').catch(() => undefined);
      await page.goto('about:blank').catch(() => undefined);
    },
  };
}

async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // The crashed page never answers this call.
  session.send('Page.crash').catch(() => undefined);
}
