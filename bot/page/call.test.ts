// Who is there, what is answered and what is told of a call, on pages that hide, move and imitate things.
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { englishContext, launchBrowser, until } from './testing/browser.ts';
import { watchCall } from './testing/call.ts';
import { CALL, peoplePanel, TOOLBAR, tile } from './testing/fixtures.ts';
import type { Timing } from './timing.ts';

let browser: Browser;
let page: Page;
let call: ReturnType<typeof watchCall>;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterEach(async () => {
  await call.stop();
  await page.context().close();
});
afterAll(() => browser.close());

/** Shows a page of the call and begins to watch it. */
async function show(html: string, timing: Partial<Timing> = {}) {
  page = await (await englishContext(browser)).newPage();
  await page.setContent(`<!doctype html><body>${html}</body>`);
  call = watchCall(page, timing);
  return call;
}

const SELF = tile('self', 'Notes', true);
/** A toolbar whose button for people the page calls as it likes, and which shows `panel` when it is pressed. */
const withButton = (button: string) => TOOLBAR.replace(/<button aria-label="People".*?<\/button>/, button);
const opens = (panel: string) =>
  page.evaluate((html) => {
    document.querySelector('#people')?.addEventListener('click', () => {
      document.body.dataset.opened = String(1 + Number(document.body.dataset.opened ?? 0));
      document.querySelector('aside')?.remove();
      document.body.insertAdjacentHTML('beforeend', html);
    });
  }, panel);

describe('a new call', () => {
  const SPEAKER = `<div data-avatar-count="3">3</div>${SELF}${tile('ada', 'Ada')}${withButton('')}`;

  it('tells of all who are there at once, when the list comes after the tile of the speaker', async () => {
    await show(SPEAKER, { listMs: 20_000 });
    await until(() => call.people.at(-1) === null, 'a look without the list');
    const list = peoplePanel([
      ['self', 'Notes', '(You)'],
      ['ada', 'Ada'],
      ['bob', 'Bob'],
    ]);
    await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), list);
    await until(() => call.names()?.length === 2, 'both');
    expect(call.people.filter((others) => others !== null)).toHaveLength(1);
  });

  it('tells of those it sees when no list comes', async () => {
    await show(SPEAKER, { listMs: 300 });
    await until(() => call.names()?.join() === 'Ada', 'the one with a tile');
  });
});

describe('alone', () => {
  it.each([
    ['its own tile, which has a button for effects', SELF],
    [
      'its own tile beside a panel of effects with a preview',
      `${SELF}<aside aria-label="Side panel"><h2>Backgrounds and effects</h2><div data-participant-id="preview" style="width:90px;height:50px"><span class="notranslate">Preview</span></div></aside>`,
    ],
    ['its own row', peoplePanel([['self', 'Notes', '(You)']])],
    ['a count of 1', '<div data-avatar-count="1">1</div>'],
    [
      'a count of 1 beside a row that the page calls otherwise',
      `<div data-avatar-count="1">1</div>${peoplePanel([['x', 'Guest 7']])}`,
    ],
    ['the page’s words', '<p>You’re the only one here</p>'],
  ])('is seen by %s', async (_, html) => {
    await show(html + withButton(''));
    await until(() => call.people.at(-1)?.length === 0, 'nobody else');
    expect(call.people).toEqual([[]]);
  });

  it.each([
    ['people wait at the door', withButton('<button aria-label="People - 12 waiting">p</button>')],
    ['the count says that there are more', `${SELF}<div data-avatar-count="3">3</div>${withButton('')}`],
  ])('is not believed when %s', async (_, html) => {
    await show(html);
    await until(() => call.people.length > 0, 'a look');
    expect(call.people).toEqual([null]);
  });
});

describe('the list of people', () => {
  const PANEL = peoplePanel([
    ['self', 'Notes', '(You)'],
    ['ada', 'Ada Park', 'Meeting host'],
    ['bob', 'Bob'],
  ]);

  it.each([
    ['a label', '<button id="people" aria-label="People"><i>people</i></button>'],
    ['a label with a count', '<button id="people" aria-label="People - 3 joined"><i>people</i></button>'],
    [
      'another element',
      '<span id="l" hidden>People</span><button id="people" aria-labelledby="l"><i>people</i></button>',
    ],
    ['its text', '<button id="people"><i>people</i><span>People</span></button>'],
    ['a tooltip', '<button id="people" title="People"><i>people</i></button>'],
  ])('is opened by a button that is known by %s', async (_, button) => {
    await show(withButton(button));
    await opens(PANEL);
    await until(() => call.names()?.length === 2, 'the list');
    expect(call.people.at(-1)).toContainEqual({ externalId: 'ada', name: 'Ada Park', isHost: true });
  });

  it('is opened again when it is gone, and when the chat has taken its place', async () => {
    await show(withButton('<button id="people" aria-label="People">p</button>') + SELF);
    await opens(PANEL);
    await until(() => call.names()?.length === 2, 'the list');
    await page.evaluate(() => document.querySelector('aside')?.remove());
    await until(() => page.evaluate(() => document.body.dataset.opened === '2'), 'the second press');
    await page.evaluate(() => {
      const panel = document.querySelector('aside');
      if (panel)
        panel.innerHTML =
          '<h2>In-call messages</h2><div role="list"><div role="listitem" data-message-id="1"><span>Eve</span>hello</div></div>';
    });
    await until(() => page.evaluate(() => document.body.dataset.opened === '3'), 'the third press');
    await until(() => call.names()?.length === 2, 'the list again');
    expect(call.people.flat().some((one) => one?.name.includes('Eve'))).toBe(false);
  });

  const WINDOW = `<aside aria-label="Side panel"><div id="list" role="list" aria-label="Participants" style="height:240px;overflow-y:auto;position:relative"></div></aside>`;
  /** A list that has only the rows that can be seen. */
  const fill = (names: string[]) =>
    page.evaluate((all) => {
      const list = document.querySelector<HTMLElement>('#list');
      if (!list) return;
      const render = () => {
        list.dataset.rendered = String(1 + Number(list.dataset.rendered ?? 0));
        const first = Math.floor(list.scrollTop / 20);
        const rows = all.map((name, index) => ({ name, index })).slice(first, first + 12);
        const html = rows
          .map(
            ({ name, index }) =>
              `<div role="listitem" data-participant-id="p${name}" aria-label="${name}" style="position:absolute;top:${index * 20}px;height:20px"><span>${name}</span>${name === 'Notes' ? '<span>(You)</span>' : ''}</div>`,
          )
          .join('');
        list.innerHTML = `${html}<div style="position:absolute;top:${all.length * 20 - 1}px;height:1px">.</div>`;
      };
      list.onscroll = render;
      render();
    }, names);
  const rendered = () =>
    page.evaluate(() => Number(document.querySelector<HTMLElement>('#list')?.dataset.rendered));
  const THIRTY = Array.from({ length: 29 }, (_, n) => `Guest ${String(n).padStart(2, '0')}`).concat('Notes');

  it('is read whole when the page has a part of it only, and stays where it was', async () => {
    await show(`${withButton('')}${WINDOW}<div data-avatar-count="30">30</div>`);
    await fill(THIRTY);
    await page.evaluate(() => {
      const list = document.querySelector('#list');
      if (list) list.scrollTop = 100;
    });
    await until(() => call.names()?.length === 29, 'all the others');
    await until(
      () => page.evaluate(() => document.querySelector('#list')?.scrollTop === 100),
      'the old place',
    );
    const told = call.people.length;
    // A row that is missing is no departure while the count says otherwise.
    await fill(THIRTY.filter((name) => name !== 'Guest 20'));
    const rounds = await rendered();
    await until(async () => (await rendered()) > rounds + 12, 'two more readings');
    expect(call.people).toHaveLength(told);
    await page.evaluate(() => {
      const count = document.querySelector('[data-avatar-count]');
      if (count instanceof HTMLElement) count.dataset.avatarCount = '29';
    });
    await until(() => call.names()?.length === 28, 'one less');
    expect(call.names()).not.toContain('Guest 20');
  });

  it('decides by itself when there is no count', async () => {
    await show(`${withButton('')}${WINDOW}`);
    await fill(THIRTY);
    await until(() => call.names()?.length === 29, 'all the others');
    await fill(THIRTY.filter((name) => name !== 'Guest 20'));
    await until(() => call.names()?.length === 28, 'one less');
  });
});

describe('dialogs', () => {
  const dialog = (inner: string, ...buttons: string[]) =>
    `<div role="dialog">${inner}${buttons.map((text) => `<button onclick="document.body.dataset.pressed=(document.body.dataset.pressed??'')+'${text.replace("'", '')};';this.parentElement.remove()">${text}</button>`).join('')}</div>`;
  const pressed = () => page.evaluate(() => document.body.dataset.pressed ?? '');

  it.each([
    ['Are you still there?', ['Leave now', 'Stay in the call'], 'Stay in the call;'],
    ['You’re the only one here. Do you want to stay?', ['Leave call', 'Yes'], 'Yes;'],
    ['The host would like you to unmute', ['Unmute', 'Not now'], 'Not now;'],
    ['Ada Park is asking you to turn on your camera', ['Turn on', 'Later'], 'Later;'],
    ['The host wants you to unmute your microphone', ['Unmute me', 'Stay muted'], 'Stay muted;'],
  ])('"%s" is answered', async (text, buttons, expected) => {
    await show(CALL + dialog(`<h2>${text}</h2>`, ...buttons));
    await until(async () => (await pressed()) === expected, 'the answer');
  });

  it('are never answered because of what people write, nor by a button that lets the bot be heard', async () => {
    const text = 'Are you still there?';
    await show(
      `${CALL}${dialog(`<div data-message-id="1">${text}</div>`, 'Yes', 'OK')}
      ${dialog(`<p><span class="notranslate">${text}</span> shares a file</p>`, 'Continue')}
      <div class="never">${dialog('<h2>The host would like you to unmute</h2>', 'Unmute')}</div>
      <aside>${dialog(`<p>${text}</p>`, 'Stay')}</aside>`,
    );
    await page.evaluate(
      (html) => document.body.insertAdjacentHTML('beforeend', html),
      dialog('<h2>Others may see your video differently</h2>', 'Got it'),
    );
    await until(async () => (await pressed()).includes('Got it'), 'two rounds of answers');
    await page.evaluate(
      (html) => document.body.insertAdjacentHTML('beforeend', html),
      dialog('<h2>A tip</h2>', 'Dismiss'),
    );
    await until(async () => (await pressed()).includes('Dismiss'), 'one more');
    expect(await pressed()).toBe('Got it;Dismiss;');
  });
});

describe('what is told', () => {
  /** Sound that the page plays, as of the others. */
  const voice = (on: boolean) =>
    page.evaluate((loud) => {
      const audio = new AudioContext();
      const out = new MediaStreamAudioDestinationNode(audio);
      const gain = new GainNode(audio, { gain: loud ? 0.3 : 0 });
      const tone = new OscillatorNode(audio);
      tone.connect(gain).connect(out);
      tone.start();
      const element = document.body.appendChild(document.createElement('audio'));
      element.srcObject = out.stream;
    }, on);
  const NO_LEVEL = CALL.replace(/ data-audio-level="\d+"/g, '');
  const timing = { noSignalMs: 900 };

  it('no_speaker_signal, once, when people are heard and nothing shows who speaks', async () => {
    await show(NO_LEVEL, timing);
    await voice(true);
    await until(() => call.notices.includes('no_speaker_signal'), 'the notice');
    expect(call.notices.filter((code) => code === 'no_speaker_signal')).toHaveLength(1);
    expect(call.notices).not.toContain('no_remote_audio');
  });

  it('nothing while people are silent, and nothing once something shows who speaks', async () => {
    await show(CALL, timing);
    await voice(false);
    await until(() => call.names()?.length === 1, 'Ada');
    const since = performance.now();
    await until(() => performance.now() - since > 1_500, 'a while of silence');
    expect(call.notices).toEqual([]);
    await page.evaluate(() =>
      document.querySelector('[data-participant-id=ada]')?.setAttribute('data-audio-level', '4'),
    );
    await until(() => call.sounds() > 30, 'a monologue, which is heard all the time');
    expect(call.notices).toEqual([]);
    expect(call.turns).toEqual([]);
  });

  it('no_remote_audio when the page plays nothing', async () => {
    await show(CALL, timing);
    await until(() => call.notices.includes('no_remote_audio'), 'the notice');
  });
});

describe('hostile people', () => {
  it('have names of 10 kB with control characters and code, and names that are an end', async () => {
    const long = `\u0007\u202e<img src=x onerror=alert(1)>${'x'.repeat(10_000)}`;
    await show(CALL);
    await page.evaluate(
      (names) => {
        for (const [index, name] of names.entries()) {
          const tile = document.createElement('div');
          tile.setAttribute('data-participant-id', `evil-${index}`);
          tile.style.cssText = 'width:90px;height:50px;overflow:hidden';
          const text = tile.appendChild(document.createElement('span'));
          text.className = 'notranslate';
          text.textContent = name;
          document.body.append(tile);
        }
      },
      [
        long,
        'You’ve been removed from the meeting',
        'Trying to reconnect',
        'You',
        'Meeting host',
        'Asking to be let in…',
      ],
    );
    await until(() => call.names()?.length === 7, 'everybody');
    const names = call.names() ?? [];
    expect(names).toEqual(expect.arrayContaining(['You', 'Meeting host', 'Trying to reconnect']));
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(500);
    expect(call.people.at(-1)?.some(({ isHost }) => isHost)).toBe(false);
    expect(call.events.filter((event) => event.startsWith('call_look'))).toEqual([]);
  });

  it('write what looks like an end, or like a lost connection', async () => {
    await show(CALL);
    await page.evaluate(() => {
      const aside = document.createElement('aside');
      aside.innerHTML =
        '<div data-message-id="1">Trying to reconnect</div><div data-message-id="2">The call ended</div><h2>You’ve been removed from the meeting</h2>';
      document.body.append(aside);
    });
    await until(() => call.names()?.length === 1, 'Ada');
    await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), tile('bob', 'Bob'));
    await until(() => call.names()?.length === 2, 'Bob');
    expect(call.events.filter((event) => event.startsWith('call_look'))).toEqual([]);
    expect(call.people).not.toContain(null);
  });
});
