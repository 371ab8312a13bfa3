// The driver as in zoom.test.ts, in the client's other layouts, and with what delays a bot at the door.
import type { Browser } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../lab/meetings/scenario.ts';
import { type Lab, startLab } from '../../lab/server.ts';
import { until } from '../page/testing/browser.ts';
import { launchPuppet } from '../page/testing/puppet.ts';
import { type LabVisit, type VisitOptions, visitLab } from '../page/testing/visit.ts';
import { ZOOM } from './data.ts';

let browser: Browser;
let lab: Lab;
let bot: LabVisit;
beforeAll(async () => {
  browser = await launchPuppet();
  lab = await startLab({ port: 0 });
});
afterEach(() => bot.close());
afterAll(async () => {
  await browser.close();
  await lab.close();
});

async function visit(scenario: ScenarioInput = {}, more: Partial<VisitOptions> = {}) {
  bot = await visitLab({ browser, lab, data: ZOOM, scenario, ...more });
  return bot;
}

describe('getting in', () => {
  it.each<[string, ScenarioInput, number]>([
    ['a client in a frame', { variant: 1 }, 1],
    ['the older client', { variant: 2 }, 1],
    [
      'a page that hinders where it can',
      {
        consent: 'both',
        popups: true,
        toolbar_in_lobby: true,
        late_dom_ms: 300,
        zoom: {
          cookie_banner: true,
          terms: 'agree',
          permission_dialogs: 2,
          covered_join: true,
          microphone_ready_after_ms: 1_500,
          curly: true,
        },
      },
      1,
    ],
  ])('works in %s', async (_, scenario, waits) => {
    await visit(scenario);
    await bot.enter();
    expect(bot.waits()).toBe(waits);
    await bot.meeting.leave();
    await until(() => bot.guests().at(-1)?.left_by === 'self', 'the bot to have left');
    expect(bot.guests()).toMatchObject([{ name: 'Notes', microphone_on: false, camera_on: false }]);
  });

  it.each<[string, ScenarioInput]>([
    ['a meeting that starts late', { zoom: { starts_after_ms: 3_000 } }],
    ['a spinner that hangs once', { zoom: { joining_hangs: 1 } }],
    ['a page that bounces to the start page', { bounce: { when: 'after', times: 1 } }],
    ['a waiting room whose line is dead', { dead_lobby: { shows: 'words', times: 1 } }],
    ['a waiting room that goes empty', { dead_lobby: { shows: 'empty', times: 1 } }],
  ])('gets in all the same: %s', async (_, scenario) => {
    await visit(scenario as ScenarioInput);
    await bot.enter();
    expect(bot.guests().at(-1)?.admitted_at).not.toBeNull();
  });
});

it.each([1, 2])('sees who is there and hears who speaks, in layout %i', async (variant) => {
  await visit({ variant, participants: 3, turn_ms: 1_500 });
  await bot.enter();
  const watched = bot.watch();
  await until(() => bot.names()?.length === 3, 'three people');
  await until(() => new Set(bot.turns.map(({ externalId }) => externalId)).size >= 2, 'two speakers', 20_000);
  const ids = bot.people.at(-1)?.map(({ externalId }) => externalId);
  expect(ids).toEqual(expect.arrayContaining(bot.turns.map(({ externalId }) => externalId)));
  lab.act(bot.code, 'everyone_leaves');
  await until(() => bot.names()?.length === 0, 'everybody to be gone');
  lab.act(bot.code, 'end');
  expect(await watched).toMatchObject({ reason: 'meeting_ended' });
});
