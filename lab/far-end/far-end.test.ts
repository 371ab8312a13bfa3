// Tests that media really arrive, by the WebRTC statistics of the guest's browser and not by what the
// page shows.
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, join, launchGuests, open } from '../testing/guest.ts';

let lab: Lab;
let browser: Browser;

beforeAll(async () => {
  lab = await startLab();
  browser = await launchGuests();
});
afterAll(async () => {
  await browser.close();
  await lab.close();
});

interface Inbound {
  kind: string;
  framesDecoded?: number;
  totalAudioEnergy?: number;
}

/** What the page's newest peer connection has received so far. */
const inbound = (page: Page): Promise<Inbound[]> =>
  page.evaluate(async () => {
    const peer = (globalThis as unknown as { peers: RTCPeerConnection[] }).peers.at(-1);
    const report = await peer?.getStats();
    return [...(report?.values() ?? [])].filter((one: { type: string }) => one.type === 'inbound-rtp');
  });

/** How many peer connections the page has opened so far. */
const peersOf = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { peers: unknown[] }).peers.length);

/** A guest's page whose peer connections the test can read. */
async function joinObserved(url: string): Promise<Page> {
  const page = await guestPage(browser);
  await page.addInitScript(() => {
    const peers: RTCPeerConnection[] = [];
    const Peer = RTCPeerConnection;
    Object.assign(globalThis, {
      peers,
      RTCPeerConnection: class extends Peer {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          peers.push(this);
        }
      },
    });
  });
  await page.goto(url);
  return page;
}

/** Every person's picture is decoded and every person's voice or beep has been heard. */
async function expectMedia(page: Page, people: number): Promise<void> {
  await eventually(async () => {
    const streams = await inbound(page);
    const video = streams.filter((one) => one.kind === 'video' && (one.framesDecoded ?? 0) > 5);
    const audio = streams.filter((one) => one.kind === 'audio' && (one.totalAudioEnergy ?? 0) > 0.001);
    expect({ video: video.length, audio: audio.length }).toEqual({ video: people, audio: people });
  }, 12_000);
}

it('sends every person’s picture and sound, again after a reconnect', async () => {
  const { url, code } = lab.createMeeting({ participants: 3, access: 'open', turn_ms: 500 });
  const page = await joinObserved(url);
  await page.getByLabel('Your name').fill('Guest');
  await page.getByText('Join now').click();
  await expectMedia(page, 3);
  const isPlaying = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('video')].every((video) => video.currentTime > 0 && !video.paused),
    );
  await eventually(async () => expect(await isPlaying()).toBe(true));

  lab.act(code, { action: 'reconnect', for_ms: 100 });
  await eventually(async () => expect(await peersOf(page)).toBe(2));
  await expectMedia(page, 3);
  await page.close();
});

/** Processes this test process has started. */
const children = () =>
  execFileSync('pgrep', ['-P', String(process.pid), 'chromium'], { encoding: 'utf8' })
    .trim()
    .split('\n');

it('gives guests their media back when its browser is killed', async () => {
  const own = await startLab();
  const before = new Set(children());
  const page = await joinObserved(own.createMeeting({ participants: 1, access: 'open' }).url);
  await page.getByLabel('Your name').fill('Guest');
  await page.getByText('Join now').click();
  await expectMedia(page, 1);
  const [farEnd] = children().filter((pid) => !before.has(pid));
  process.kill(Number(farEnd), 'SIGKILL');
  await eventually(async () => expect(await peersOf(page)).toBe(2));
  await expectMedia(page, 1);
  await page.close();
  await own.close();
});

it('waits with media until the guest consents', async () => {
  const { url } = lab.createMeeting({ participants: 1, access: 'open', consent: 'after' });
  const page = await guestPage(browser);
  await join(page, url);
  await page.getByText('This video call is being recorded').waitFor();
  expect(await page.locator('video').count()).toBe(0);
  await page.locator('button[data-mdc-dialog-action="ok"]').click();
  await page.locator('video').waitFor();
  await page.close();
});

it('says what is wrong when there is no browser for the people', async () => {
  const bare = await startLab({ chromiumPath: '/nowhere/chromium' });
  const empty = await guestPage(browser);
  await join(empty, bare.createMeeting({ participants: 0, access: 'open' }).url);
  await empty.close();
  const { url, code } = bare.createMeeting({ access: 'open' });
  const page = await guestPage(browser);
  await open(page, url);
  await page.getByLabel('Your name').fill('Guest');
  await page.getByText('Join now').click();
  await page.getByText('the lab found no Chromium').waitFor();
  expect(bare.presence(code).guests).toEqual([]);
  await page.close();
  await bare.close();
});
