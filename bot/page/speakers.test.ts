// Who speaks, on pages that show it in different ways, and on pages where something else moves.
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PlaywrightPage } from '../browser/playwright.ts';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { ZOOM } from '../zoom/data.ts';
import type { PlatformData } from './data.ts';
import { drainSounds } from './speakers.ts';
import { englishContext, launchBrowser } from './testing/browser.ts';
import { SpeakerTurns } from './turns.ts';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterEach(() => page.context().close());
afterAll(() => browser.close());

/** A tile of Google Meet without an attribute for the loudness. */
const tile = (id: string, inner: string) =>
  `<div class="t" data-participant-id="${id}" style="position:relative;width:200px;height:100px">
    <span class="notranslate">${id} Park</span>${inner}</div>`;
const tiles = (inner: string, ids = ['ada', 'bob', 'cyd']) => ids.map((id) => tile(id, inner)).join('');

const SCRIPT = `
  const of = (id, css) => document.querySelector('[data-participant-id=' + id + ']' + (css ? ' ' + css : ''));
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  /** Switches something on for so long. */
  const during = async (ms, on, off) => { on(); await wait(ms); off(); };`;

/** Shows a page, runs a script in it, and returns who spoke for how long, in ms. */
async function listen(body: string, script: string, data: PlatformData = GOOGLE_MEET) {
  page = await (await englishContext(browser)).newPage();
  await page.setContent(`<!doctype html><body>${body}<script>${SCRIPT}</script></body>`);
  const target = { page: new PlaywrightPage(page), data };
  const turns = new SpeakerTurns({ silenceMs: 300, minTurnMs: 200 });
  const told = turns.add((await drainSounds(target)).sounds, Date.now());
  await page.evaluate(`(async () => { await wait(300); ${script}; await wait(500) })()`);
  const heard = await drainSounds(target);
  told.push(...turns.add(heard.sounds, heard.nowMs), ...turns.flush());
  const spoken: Record<string, number> = {};
  for (const { externalId: id, startedAt, endedAt } of told)
    spoken[id] = (spoken[id] ?? 0) + endedAt.getTime() - startedAt.getTime();
  return { spoken, signal: heard.signal, unseenSpeechMs: heard.unseenSpeechMs };
}

/** Expects that somebody spoke for about so long. */
function expectMs(ms: number | undefined, expected: number): void {
  // A busy machine takes its samples late.
  expect(ms).toBeGreaterThan(expected * 0.55);
  expect(ms).toBeLessThan(expected + 700);
}

describe('speech', () => {
  it('is seen by an attribute with the loudness', async () => {
    const level = (id: string, to: number) => `of('${id}').dataset.audioLevel = ${to}`;
    const { spoken, signal } = await listen(
      tiles(''),
      `for (const id of ['ada', 'bob', 'cyd']) of(id).dataset.audioLevel = 0;
      await during(900, () => { ${level('ada', 3)} }, () => { ${level('ada', 0)} });`,
    );
    expect([Object.keys(spoken), signal]).toEqual([['ada'], true]);
    expectMs(spoken.ada, 900);
  });

  it('is seen by a class that is known', async () => {
    const { spoken } = await listen(
      tiles('<div class="m"></div>'),
      `await during(900, () => of('bob').classList.add('Oaajhc'), () => of('bob').classList.remove('Oaajhc'))`,
    );
    expect(Object.keys(spoken)).toEqual(['bob']);
    expectMs(spoken.bob, 900);
  });

  it.each([
    ['a part of the tile', '.m'],
    ['the tile itself', ''],
  ])('is seen by a class that nobody knows, on %s', async (_, css) => {
    const { spoken } = await listen(
      tiles('<div class="m q0"></div>'),
      `for (const [id, ms] of [['ada', 900], ['bob', 700], ['ada', 800]]) {
        const at = of(id, '${css}');
        await during(ms, () => at.classList.add('q1'), () => at.classList.remove('q1'));
        await wait(300);
      }`,
    );
    expect(Object.keys(spoken).toSorted()).toEqual(['ada', 'bob']);
    expectMs(spoken.ada, 1_700);
    expectMs(spoken.bob, 700);
  });

  it('is seen by a meter whose height moves', async () => {
    const { spoken } = await listen(
      tiles('<div class="m" style="height: 0px"></div>'),
      `for (let n = 0; n < 10; n++) { of('cyd', '.m').style.height = (n * 7 % 20) + 'px'; await wait(90) }`,
    );
    expect(Object.keys(spoken)).toEqual(['cyd']);
    expectMs(spoken.cyd, 1_000);
  });

  it('is seen by the frame of whoever speaks, while the page is to be heard', async () => {
    const frame = (name: string) =>
      `<div class="video-avatar__avatar-footer"><span>${name}</span></div><video></video>`;
    const { spoken } = await listen(
      `<div class="single-main-container__video-frame" style="width:300px;height:200px">${frame('Ada Park')}</div><audio id="voice"></audio>`,
      `const audio = new AudioContext();
      const gain = new GainNode(audio, { gain: 0 });
      const out = new MediaStreamAudioDestinationNode(audio);
      const tone = new OscillatorNode(audio); tone.connect(gain).connect(out); tone.start();
      voice.srcObject = out.stream; voice.play();
      const name = document.querySelector('.video-avatar__avatar-footer span');
      await wait(900);
      gain.gain.value = 0.3; await wait(900);
      name.textContent = 'Bob Park'; await wait(900);
      gain.gain.value = 0;
      await wait(900);`,
      ZOOM,
    );
    const names = Object.keys(spoken).map((id) => id.replace('name:', ''));
    expect(names.toSorted()).toEqual(['Ada Park', 'Bob Park']);
    // Before it was to be heard, the sound could not be measured for a moment.
    expectMs(spoken['name:Bob Park'], 900);
    expect(spoken['name:Ada Park']).toBeLessThan(1_800);
  });
});

describe('no speech', () => {
  it.each<[string, string, string]>([
    [
      'the mouse over a tile, again and again',
      '<div class="m"></div>',
      `for (const id of ['ada', 'bob', 'ada', 'bob']) {
        of(id).dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
        of(id, '.m').classList.add('visible'); of(id).classList.add('over');
        await wait(600);
        of(id).dispatchEvent(new PointerEvent('pointerout', { bubbles: true }));
        of(id, '.m').classList.remove('visible'); of(id).classList.remove('over');
        await wait(100);
      }`,
    ],
    [
      'pictures that load',
      '<div class="m loading"><video class="x"></video></div><div class="s"></div>',
      `for (const id of ['ada', 'bob', 'cyd']) {
        of(id, 'video').className = 'y'; of(id, '.m').className = 'm loaded'; of(id, '.s').className = 's in';
        for (let n = 0; n < 6; n++) { of(id, 'video').style.opacity = n / 6; await wait(30); }
      }`,
    ],
    [
      'names that change',
      '<b class="n">A name</b>',
      `for (let n = 0; n < 12; n++) { of('ada', '.n').className = 'n n' + n % 2; of('ada', 'span').textContent = 'Ada ' + n; await wait(80) }`,
    ],
    [
      'a layout that moves',
      '<div class="m" style="width:10px"></div>',
      `for (let n = 0; n < 15; n++) {
        for (const id of ['ada', 'bob', 'cyd']) { of(id).style.width = 200 + n * 5 + 'px'; of(id, '.m').style.width = n + 'px' }
        await wait(60);
      }`,
    ],
    [
      'one tile that grows',
      '<div class="m" style="width:10px"></div>',
      `for (let n = 0; n < 15; n++) { of('ada').style.width = 200 + n * 5 + 'px'; of('ada', '.m').style.width = n + 'px'; await wait(60) }`,
    ],
    [
      'the tile of a newcomer that settles',
      '<div class="m rest"></div>',
      `const fresh = of('ada').cloneNode(true); fresh.dataset.participantId = 'dan'; fresh.querySelector('.m').className = 'm new';
      document.body.append(fresh); await wait(600); fresh.querySelector('.m').className = 'm rest'; await wait(300)`,
    ],
  ])('is %s', async (_, inner, script) => {
    const { spoken, signal } = await listen(tiles(inner), script);
    expect([spoken, signal]).toEqual([{}, false]);
  });

  it('is a microphone that is switched on while nothing is heard', async () => {
    const { spoken } = await listen(
      `${tiles('<div class="mic off"></div>')}<audio id="voice"></audio>`,
      `const audio = new AudioContext(); const out = new MediaStreamAudioDestinationNode(audio);
      voice.srcObject = out.stream;
      of('ada', '.mic').className = 'mic on'; await wait(1_800);
      of('bob', '.mic').className = 'mic on'; await wait(1_000);`,
    );
    expect(spoken.bob).toBeUndefined();
  });
});

it('knows for how long it heard people whom nothing showed', async () => {
  const { signal, unseenSpeechMs } = await listen(
    `${tiles('')}<audio id="voice"></audio>`,
    `const audio = new AudioContext(); const out = new MediaStreamAudioDestinationNode(audio);
    const tone = new OscillatorNode(audio); tone.connect(out); tone.start(); voice.srcObject = out.stream; await wait(1_200)`,
  );
  expect(signal).toBe(false);
  expect(unseenSpeechMs).toBeGreaterThan(600);
});
