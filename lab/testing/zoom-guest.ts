// A scripted guest for the tests of the lab's Zoom room: it finds the client in the page or in its frame.
import type { FrameLocator, Page } from 'playwright';
import { eventually } from './guest.ts';

/** Where the web client is: the page, or a frame in it. */
export type Client = Page | FrameLocator;

/** The web client of a page whose room has it in a frame. */
export const framed = (page: Page): FrameLocator =>
  page.frameLocator('iframe.pwa-webclient__iframe, iframe#webclient');

/** Opens a link and goes on to the web client, without the launcher. */
export async function openClient(page: Page, url: string): Promise<void> {
  await page.goto(url.replace(/\/j\/(\d+)/, '/wc/$1/join'), { waitUntil: 'domcontentloaded' });
}

/** Types a name with real keys and presses Join. */
export async function knock(client: Client, name = 'Guest'): Promise<void> {
  await client.locator('#input-for-name').pressSequentially(name);
  await client.locator('button.preview-join-button:not(.disabled)').click();
}

/** Opens, knocks, and waits until the call is there. */
export async function join(page: Page, url: string, name = 'Guest'): Promise<void> {
  await openClient(page, url);
  await knock(page, name);
  await page.locator('#video-share-layout + .pane').waitFor({ state: 'attached' });
}

/** Moves the mouse, so that the toolbar shows itself. */
export async function wake(page: Page): Promise<void> {
  await page.mouse.move(400, 300);
  await page.mouse.move(420, 320);
}

/** The names and labels of the rows in the list of participants. */
export const rowsOf = (client: Client): Promise<(string | null)[]> =>
  client
    .locator('div[role="list"][aria-label^="participants" i] .participants-li')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')));

/** Waits until the page plays so many sounds that are not silent previews. */
export const hears = (client: Client, count: number): Promise<void> =>
  eventually(async () => {
    const playing = await client
      .locator('audio:not(.mic-preview)')
      .evaluateAll(
        (all) => all.filter((one) => one instanceof HTMLAudioElement && one.currentTime > 0).length,
      );
    if (playing !== count) throw new Error(`${playing} sounds play, not ${count}`);
  });

/** Which of these tones are in the sound that the page plays now. */
export const tones = (page: Page, hz: number[]): Promise<number[]> =>
  page.locator('audio:not(.mic-preview)').evaluate(async (audio: HTMLAudioElement, wanted) => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 8_192, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(audio.srcObject as MediaStream).connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    await context.close();
    const binHz = context.sampleRate / analyser.fftSize;
    return wanted.filter((tone) => (levels[Math.round(tone / binHz)] ?? -200) > -50);
  }, hz);
