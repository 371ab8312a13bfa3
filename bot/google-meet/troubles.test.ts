// What went wrong for others at Google Meet's door and in its calls, in the lab's meetings.
import type { Browser } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../lab/meetings/scenario.ts';
import { type Lab, startLab } from '../../lab/server.ts';
import { until } from '../page/testing/browser.ts';
import { launchPuppet } from '../page/testing/puppet.ts';
import { type LabVisit, type VisitOptions, visitLab } from '../page/testing/visit.ts';
import { GOOGLE_MEET } from './data.ts';

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
  bot = await visitLab({ browser, lab, data: GOOGLE_MEET, scenario, ...more });
  return bot;
}
const visits = () => bot.events.filter((event) => event.startsWith('visit_again')).length;

describe('the door', () => {
  it.each<[string, ScenarioInput, number]>([
    ['a bounce to the start page before the knock', { bounce: { when: 'before', times: 1 } }, 1],
    ['a bounce to the start page after the knock', { bounce: { when: 'after', times: 1 } }, 1],
    ['a lobby without a line, which still shows its words', { dead_lobby: { shows: 'words', times: 1 } }, 1],
    ['a lobby that is empty', { dead_lobby: { shows: 'empty', times: 1 } }, 1],
    ['a page that is slow to come', { slow_page_ms: 3_000 }, 0],
    ['a page that is slow to come up', { slow_splash_ms: 3_000 }, 0],
  ])('lets the bot in after %s', async (_, scenario, again) => {
    await visit(scenario, { timing: { reloadAfterMs: 3_500 } });
    await bot.enter();
    expect(visits()).toBe(again);
    expect(bot.guests().at(-1)?.admitted_at).not.toBeNull();
  });

  it.each<[string, ScenarioInput]>([
    ['before the knock', { bounce: { when: 'before', times: 9 } }],
    ['after the knock', { bounce: { when: 'after', times: 9 } }],
    ['after the knock, and nothing is left of it', { dead_lobby: { shows: 'empty', times: 9 } }],
  ])('went away %s, too often: nobody is blamed', async (_, scenario) => {
    await visit(scenario, { timing: { visits: 2, awayMs: 500, strangeLobbyMs: 1_500 } });
    await expect(bot.enter()).rejects.toMatchObject({ name: 'MeetingFault', subCode: 'page_went_away' });
  });

  it('throws the bot out within half a second: removed, not denied', async () => {
    await visit({ removed_within_ms: 200 });
    const end = await bot.enter().then(
      async () => (await bot.watch())?.reason,
      (fault) => fault.subCode,
    );
    expect(end).toBe('removed');
  });
});

describe('the call', () => {
  it('goes on behind questions, which are answered, but never by a microphone', async () => {
    await visit({ still_there_within_ms: 6_000 });
    await bot.enter();
    const watched = bot.watch();
    for (const kind of ['still_there', 'unmute_request'] as const) {
      lab.act(bot.code, kind);
      const isAnswered = () => bot.events.some((event) => event === `dialog_answered ${kind}`);
      await until(isAnswered, `an answer to ${kind}`);
    }
    lab.act(bot.code, 'end');
    expect(await watched).toMatchObject({ reason: 'meeting_ended' });
    expect(bot.guests()).toMatchObject([{ unmuted_at: null, left_by: 'ended' }]);
  });

  it('shows the bot itself by a new id after a reconnect, which is nobody else', async () => {
    await visit({ participants: 1, turns: 'none' });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 1, 'the other');
    lab.act(bot.code, { action: 'reconnect', for_ms: 400, new_id: true });
    await until(() => bot.people.at(-1) === null, 'the page to reconnect');
    await until(() => bot.names()?.length === 1, 'the other again');
    lab.act(bot.code, 'everyone_leaves');
    await until(() => bot.names()?.length === 0, 'nobody');
    expect(Math.max(...bot.people.map((others) => others?.length ?? 0))).toBe(1);
    bot.abort.abort();
    await watched;
  });

  it('has another with the bot’s name, two of one name, and one who changes it', async () => {
    const person = (name: string) => ({ name, tone_hz: 300 });
    await visit({ participants: ['Notes', 'Ada', 'Ada'].map(person), turns: 'none' });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.join() === 'Ada,Ada,Notes', 'all three');
    const ids = bot.people.at(-1)?.map(({ externalId }) => externalId);
    lab.act(bot.code, { action: 'rename', name: 'person-2', to: 'Ada Park' });
    await until(() => bot.names()?.join() === 'Ada,Ada Park,Notes', 'the new name');
    expect(bot.people.at(-1)?.map(({ externalId }) => externalId)).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
    bot.abort.abort();
    await watched;
  });

  it('knows a bot whose long name the field has cut', async () => {
    const displayName = `Notes of the meeting ${'with a very long name '.repeat(5)}`.trim();
    await visit({ participants: 1, turns: 'none' }, { displayName });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 1, 'the other');
    lab.act(bot.code, 'everyone_leaves');
    await until(() => bot.names()?.length === 0, 'nobody');
    expect(displayName.startsWith(bot.guests()[0]?.name ?? 'x')).toBe(true);
    bot.abort.abort();
    await watched;
  });

  it('has 30 people in a list of 12 rows, of whom one leaves', async () => {
    await visit({ participants: 30, list_window: 12, turns: 'none', speaking_signal: 'none' });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 30, 'all of them', 25_000);
    expect(new Set(bot.names()).size).toBe(30);
    bot.abort.abort();
    await watched;
  });

  it('has no list, or one that goes away and another panel in its place', async () => {
    await visit({
      participants: 2,
      turns: 'none',
      list_closes_after_ms: 600,
      list_closes_into: 'chat',
      labels_by: 'labelledby',
    });
    await bot.enter();
    const watched = bot.watch();
    const opened = () => bot.events.filter((event) => event === 'people_panel true').length;
    await until(() => opened() >= 2 && bot.names()?.length === 2, 'the list again');
    lab.act(bot.code, 'everyone_leaves');
    await until(() => bot.names()?.length === 0, 'nobody');
    bot.abort.abort();
    await watched;
  });
});
