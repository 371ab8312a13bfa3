// The whole driver, in a real browser, in the lab's Teams meetings.
import type { Browser } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../lab/meetings/scenario.ts';
import { type Lab, startLab } from '../../lab/server.ts';
import { until } from '../page/testing/browser.ts';
import { launchPuppet } from '../page/testing/puppet.ts';
import { type LabVisit, type VisitOptions, visitLab } from '../page/testing/visit.ts';
import { MICROSOFT_TEAMS } from './data.ts';

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
  bot = await visitLab({ browser, lab, data: MICROSOFT_TEAMS, scenario, ...more });
  return bot;
}

describe('getting in', () => {
  it.each<[string, ScenarioInput, number]>([
    ['the full client', {}, 1],
    ['the light client', { variant: 1 }, 1],
    ['the older client', { variant: 2 }, 1],
    ['an open meeting with a short link', { access: 'open', link: 'short' }, 0],
    [
      'a page that hinders where it can',
      {
        ...{ consent: 'both', popups: true, toolbar_in_lobby: true, late_dom_ms: 300, device_gate: true },
        teams: { av_modal: 'both', shroud_ms: 1_000 },
      },
      1,
    ],
    ['a light client that turns into the full one', { variant: 1, teams: { light_hop_after_ms: 1_500 } }, 1],
    ['a lobby that says little', { lobby_wording: 6 }, 1],
  ])('works in %s', async (_, scenario, waits) => {
    await visit(scenario);
    await bot.enter();
    expect(bot.waits()).toBe(waits);
    await bot.meeting.leave();
    await until(() => bot.guests().at(-1)?.left_by === 'self', 'the bot to have left');
    expect(bot.guests()).toMatchObject([{ name: 'Notes', microphone_on: false, camera_on: false }]);
  });

  it.each<[string, ScenarioInput]>([
    ['denied', { deny_after_ms: 100 }],
    ['denied', { deny_after_ms: 100, variant: 1 }],
    ['no_response', { no_response_after_ms: 100 }],
    ['captcha', { captcha: true }],
    ['captcha', { captcha: 'on_knock' }],
    ['meeting_not_found', { not_found: true }],
    ['connection_failed', { blocked: true }],
    ['sign_in_required', { sign_in_required: true }],
    ['sign_in_required', { sign_in_required: true, teams: { sign_in_wording: 3 } }],
    ['passcode_required', { passcode: 'right1' }],
  ])('fails with %s: %o', async (subCode, scenario) => {
    await visit(scenario);
    await expect(bot.enter()).rejects.toMatchObject({ name: 'MeetingFault', subCode });
  });

  it('gives the passcode that the page asks for, and says when it is wrong', async () => {
    await visit({ passcode: 'right1' }, { passcode: 'right1' });
    await bot.enter();
    expect(bot.guests()).toHaveLength(1);
    await bot.close();
    await visit({ passcode: 'right1' }, { passcode: 'wrong1' });
    await expect(bot.enter()).rejects.toMatchObject({ subCode: 'passcode_wrong' });
  });

  it.each<[string, ScenarioInput]>([
    ['a page that bounces to the start page', { bounce: { when: 'before', times: 1 } }],
    ['a page that bounces after the knock', { bounce: { when: 'after', times: 1 } }],
    ['a lobby whose line is dead', { dead_lobby: { shows: 'words', times: 1 } }],
    ['a lobby that goes empty', { dead_lobby: { shows: 'empty', times: 1 } }],
  ])('gets in all the same: %s', async (_, scenario) => {
    await visit(scenario);
    await bot.enter();
    expect(bot.guests().at(-1)?.admitted_at).not.toBeNull();
  });
});

describe('in the call', () => {
  it.each([0, 1, 2])('sees who is there and hears who speaks, in layout %i', async (variant) => {
    await visit({ variant, participants: 3, turn_ms: 1_500 });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 3, 'three people');
    await until(
      () => new Set(bot.turns.map(({ externalId }) => externalId)).size >= 2,
      'two speakers',
      20_000,
    );
    const ids = bot.people.at(-1)?.map(({ externalId }) => externalId);
    expect(ids).toEqual(expect.arrayContaining(bot.turns.map(({ externalId }) => externalId)));
    lab.act(bot.code, 'everyone_leaves');
    await until(() => bot.names()?.length === 0, 'everybody to be gone');
    lab.act(bot.code, 'end');
    expect(await watched).toMatchObject({ reason: 'meeting_ended' });
  });

  it('is removed, and does not believe who only says so', async () => {
    await visit({ participants: 2, popups: true });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 2, 'both');
    const known = bot.people.at(-1)?.map(({ externalId }) => externalId);
    const [name] = bot.names() ?? [];
    lab.act(bot.code, { action: 'rename', name: name ?? '', to: 'Somebody New' });
    await until(() => bot.names()?.includes('Somebody New') ?? false, 'the new name');
    expect(bot.people.at(-1)?.map(({ externalId }) => externalId)).toEqual(known);
    lab.act(bot.code, { action: 'chat', text: "You've been removed from this meeting" });
    lab.act(bot.code, { action: 'toast', text: 'Removed from the meeting' });
    lab.act(bot.code, { action: 'reconnect', for_ms: 700 });
    await until(() => bot.people.at(-1) === null, 'the page to reconnect');
    await until(() => bot.names()?.length === 2, 'both again');
    lab.act(bot.code, 'remove');
    expect(await watched).toMatchObject({ reason: 'removed' });
  });

  it.each([0, 1, 2])('does not close the panel that shows who is there: variant %i', async (variant) => {
    await visit({ variant, participants: 2, turns: 'rotate', turn_ms: 1_000 });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 2, 'both');
    await until(() => bot.turns.length >= 3, 'three turns', 20_000);
    lab.act(bot.code, 'end');
    await watched;
    expect(bot.events.filter((event) => /popup_dismissed|people_panel/.test(event))).toEqual([
      'people_panel true',
    ]);
  });

  it('writes its line into the chat', async () => {
    await visit({ participants: 1 });
    await bot.enter();
    expect(await bot.meeting.write('This meeting is recorded by Notes.', bot.held)).toBe(true);
    await until(() => lab.presence(bot.code).chat.length > 0, 'the line');
    expect(lab.presence(bot.code).chat.at(-1)).toMatchObject({
      from: 'Notes',
      text: 'This meeting is recorded by Notes.',
    });
  });
});
