// Where Zoom's links lead before anybody joins: the launcher, the two web clients, and the pages that refuse.
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../meetings/scenario.ts';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, launchGuests, open } from '../testing/guest.ts';
import { openClient } from '../testing/zoom-guest.ts';

let lab: Lab;
let browser: Browser;
/** Shared by the tests one after the other: opening a new page takes most of a test's time. */
let page: Page;

beforeAll(async () => {
  lab = await startLab();
  browser = await launchGuests();
  page = await guestPage(browser);
});
afterAll(async () => {
  await browser.close();
  await lab.close();
});

const meeting = (scenario: ScenarioInput = {}) =>
  lab.createMeeting({ platform: 'zoom', participants: 0, ...scenario });
const path = (of = page) => new URL(of.url()).pathname;

describe('the launcher', () => {
  /** The browser's question whether to open the app takes the keys of its tab from then on, as in real life. */
  let launcher: Page;
  beforeEach(async () => {
    launcher = await guestPage(browser);
  });
  afterEach(() => launcher.close());

  it('has a link in the platform’s form and offers the app and the browser', async () => {
    const { url, code } = meeting();
    expect(url).toMatch(/\/j\/\d{10}\?pwd=[\w.]+$/);
    await open(launcher, url);
    await launcher.getByRole('button', { name: 'Launch Meeting' }).waitFor();
    await launcher.getByRole('button', { name: 'Download Now' }).waitFor();
    await launcher.locator('a', { hasText: 'Join from your browser' }).click();
    await launcher.locator('#input-for-name').waitFor();
    expect(path(launcher)).toBe(`/wc/${code}/join`);
    expect(new URL(launcher.url()).searchParams.get('pwd')).toBe(new URL(url).searchParams.get('pwd'));
  });

  it('opens the app’s address, from the page or from a frame', async () => {
    const opened: string[] = [];
    await launcher.exposeFunction('note', (url: string) => void opened.push(url));
    await launcher.addInitScript(() => {
      navigation.addEventListener('navigate', (event) => {
        if (!event.destination.url.startsWith('zoommtg:')) return;
        event.preventDefault();
        Reflect.get(window, 'note')(event.destination.url);
      });
    });
    const { url, code } = meeting();
    await open(launcher, url);
    await eventually(() => expect(opened[0]).toContain(`confno=${code}&pwd=`));
    await open(launcher, meeting({ zoom: { opens_app: 'frame' } }).url);
    await launcher.locator('iframe[src^="zoommtg:"]').waitFor({ state: 'attached' });
    expect(opened).toHaveLength(1);
  });

  it('offers no browser where the account allows only the app', async () => {
    await open(launcher, meeting({ zoom: { browser_link: false } }).url);
    await launcher.getByRole('button', { name: 'Launch Meeting' }).click();
    await launcher.getByRole('button', { name: 'Download Now' }).click();
    expect(await launcher.getByText('Join from your browser').count()).toBe(0);
  });

  it.each(['s', 'w'])('is behind /%s/ too', async (letter) => {
    await open(launcher, meeting().url.replace('/j/', `/${letter}/`));
    await launcher.getByRole('button', { name: 'Launch Meeting' }).waitFor();
  });
});

describe('the addresses of the web client', () => {
  it.each([
    ['/wc/CODE', '/wc/CODE/join'],
    ['/wc/CODE/start', '/wc/CODE/join'],
  ])('%s leads to %s and keeps its query', async (from, to) => {
    const { code } = meeting();
    await open(page, `${lab.origin}${from.replace('CODE', code)}?pwd=abc`);
    await page.locator('#input-for-name').waitFor();
    expect(path()).toBe(to.replace('CODE', code));
    expect(new URL(page.url()).search).toBe('?pwd=abc');
  });

  it('lead to the classic client where the account has no other', async () => {
    const { url, code } = meeting({ zoom: { client: 'classic' } });
    await openClient(page, url);
    await page.locator('#inputname').pressSequentially('Guest');
    expect(path()).toBe(`/wc/join/${code}`);
    expect(await page.locator('#preview-audio-control-button').count()).toBe(0);
    expect(await page.locator('iframe[src*="recaptcha"]').isVisible()).toBe(false);
    await page.locator('#joinBtn').click();
    await eventually(() => expect(lab.presence(code).guests).toHaveLength(1));
  });

  it.each([
    [3, 'iframe.pwa-webclient__iframe'],
    [4, 'iframe#webclient'],
  ])('have the client of variant %i in %s', async (variant, frame) => {
    await openClient(page, meeting({ variant }).url);
    await page.frameLocator(frame).locator('#input-for-name').waitFor();
    expect(await page.locator('#input-for-name').count()).toBe(0);
  });
});

describe('links that lead to no meeting', () => {
  const sign_in = (sign_in_wording: number): ScenarioInput => ({
    sign_in_required: true,
    zoom: { sign_in_wording },
  });

  it.each<[string, ScenarioInput]>([
    ['This meeting link is invalid (3,001)', { not_found: true }],
    ['This meeting link is invalid (3,001)', { zoom: { starts_after_ms: 600_000 } }],
    [
      'Waiting for the host to start this meeting',
      { zoom: { starts_after_ms: 600_000, before_start: 'waiting' } },
    ],
    ["We detected you may be a bot. Automated bots aren't allowed", { blocked: true }],
    ['Automated bots aren’t allowed', { blocked: true, zoom: { curly: true } }],
    ['your organization has disabled access to Zoom from the browser', { zoom: { network_blocked: true } }],
    ['Sign in to join this meeting', sign_in(0)],
    ['Only authenticated users can join', sign_in(1)],
    ['This meeting requires authentication', sign_in(2)],
    ['Authentication is required', sign_in(3)],
    ['The host requires authentication on the commercial Zoom platform', sign_in(4)],
    ['Meeting Registration', { zoom: { registration_required: true } }],
    ['Type the characters you see', { captcha: true }],
  ])('show %o', async (text, scenario) => {
    await openClient(page, meeting(scenario).url);
    await page.getByText(text).waitFor();
    expect(await page.locator('#input-for-name').count()).toBe(0);
  });

  it('include numbers nobody has, ended meetings and cut links, on a page that says Error', async () => {
    const { url, code } = meeting();
    lab.act(code, 'end');
    for (const link of [url, `${lab.origin}/j/1234567890`, `${lab.origin}/j/`, `${lab.origin}/wc/12/join`]) {
      await open(page, link);
      await page.getByText('This meeting link is invalid (3,001)').waitFor();
      expect(await page.title()).toBe('Error - Zoom');
    }
  });

  it('work after a reload when the host has started the meeting', async () => {
    await openClient(page, meeting({ zoom: { starts_after_ms: 1_000 } }).url);
    await page.getByText('This meeting link is invalid (3,001)').waitFor();
    await eventually(async () => {
      await page.reload({ waitUntil: 'domcontentloaded' });
      await page.locator('#input-for-name').waitFor({ timeout: 1_500 });
    });
  });

  it('lead away to the sign-in page, and to registration unless one is registered', async () => {
    await openClient(page, meeting({ sign_in_required: true }).url);
    await page.getByRole('heading', { name: 'Sign In' }).waitFor();
    expect(path()).toBe('/signin');
    const { url, code } = meeting({ zoom: { registration_required: true } });
    await open(page, url);
    expect(path()).toBe(`/meeting/register/${code}`);
    await openClient(page, `${url}&tk=registrant`);
    await page.locator('#input-for-name').waitFor();
  });

  it('have a captcha with the platform’s marks', async () => {
    await openClient(page, meeting({ captcha: true }).url);
    await page.locator('.component_smart_captcha input[placeholder*="captcha" i]').waitFor();
  });

  it('silently open the start page, once', async () => {
    const { url } = meeting({ bounce: { when: 'before', times: 1 } });
    await openClient(page, url);
    await page.waitForURL(`${lab.origin}/join`);
    expect(await page.title()).toBe('Join a Meeting - Zoom');
    await openClient(page, url);
    await page.locator('#input-for-name').pressSequentially('Guest');
    expect(path()).toMatch(/^\/wc\//);
  });
});
