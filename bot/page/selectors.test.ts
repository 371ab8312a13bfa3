// A selector that the page cannot parse finds nothing, or makes a whole reading fail. This file refuses such
// selectors in every platform's data, among them those that only a library's own engine knows (`:has-text`).
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { MICROSOFT_TEAMS } from '../microsoft-teams/data.ts';
import { ZOOM } from '../zoom/data.ts';
import type { PlatformData } from './data.ts';
import { launchBrowser } from './testing/browser.ts';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(() => browser.close());

/** The texts in the data that are no selectors. */
const NO_SELECTORS = new Set(['label', 'name', 'shortcut', 'attribute']);

/** All selectors of a platform, with the place where they stand. */
function selectorsOf({ zones, selectors, people }: PlatformData): [where: string, css: string][] {
  const found: [string, string][] = [];
  const collect = (value: unknown, where: string): void => {
    if (value instanceof RegExp) return;
    if (typeof value === 'string') found.push([where, value]);
    else if (Array.isArray(value)) for (const one of value) collect(one, where);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value))
        if (!NO_SELECTORS.has(key)) collect(inner, `${where}.${key}`);
    }
  };
  const { idAttributes, levelAttribute, speakingClasses, label, nameSuffixes, ...places } = people;
  collect({ zones, selectors, people: places }, '');
  const level = levelAttribute === null ? [] : [`[${levelAttribute}]`];
  for (const css of [
    ...idAttributes.map((name) => `[${name}]`),
    ...level,
    ...speakingClasses.map((name) => `.${name}`),
  ])
    found.push(['people', css]);
  return found;
}

/** Those of a list that the browser cannot parse. */
const refused = (list: string[]) =>
  page.evaluate(
    (all) =>
      all.filter((css) => {
        try {
          document.querySelector(css);
          return false;
        } catch {
          return true;
        }
      }),
    list,
  );

it('is a test that can fail', async () => {
  expect(await refused(['a', 'a:has-text("x")', 'text=x', '//a', 'a >> b', '', ':visible'])).toEqual([
    ...['a:has-text("x")', 'text=x', '//a', 'a >> b', '', ':visible'],
  ]);
});

describe.each([GOOGLE_MEET, MICROSOFT_TEAMS, ZOOM])('$platform', (data) => {
  it('has no selector that a browser cannot parse', async () => {
    const all = selectorsOf(data);
    expect(all.length).toBeGreaterThan(60);
    const bad = await refused(all.map(([, css]) => css));
    expect(all.filter(([, css]) => bad.includes(css))).toEqual([]);
  });

  it('has no empty list where the engine makes one selector of it', () => {
    const { zones, selectors, people } = data;
    const joined = {
      ...{ people: zones.people, toasts: zones.toasts, dialogs: zones.dialogs, prominent: zones.prominent },
      ...{ junk: zones.junk, tiles: people.tiles, rows: people.rows, lists: people.lists },
      ...{ captchas: selectors.captchas, callMarkers: selectors.callMarkers, leave: selectors.leaveButtons },
      ...{ effects: people.effects.panels, consentOk: selectors.consentOk },
    };
    expect(Object.entries(joined).filter(([, list]) => list.length === 0)).toEqual([]);
  });
});
