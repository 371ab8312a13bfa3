// The whole driver, in a real browser, in the lab's Zoom meetings. The other layouts: zoom.long.test.ts.
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
    ['the newest client', {}, 1],
    ['an open meeting', { access: 'open' }, 0],
    ['a waiting room that says little', { lobby_wording: 4 }, 1],
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
    ['captcha', { captcha: true }],
    ['bots_not_allowed', { blocked: true }],
    ['sign_in_required', { sign_in_required: true }],
    ['sign_in_required', { sign_in_required: true, zoom: { sign_in_wording: 2 } }],
    ['registration_required', { zoom: { registration_required: true } }],
    ['meeting_full', { zoom: { full: true } }],
    ['web_client_disabled', { zoom: { network_blocked: true } }],
    ['passcode_required', { passcode: 'right.1' }],
  ])('fails with %s: %o', async (subCode, scenario) => {
    await visit(scenario);
    await expect(bot.enter()).rejects.toMatchObject({ name: 'MeetingFault', subCode });
  });

  it('gives the passcode that the page asks for, and says when it is wrong', async () => {
    await visit({ passcode: '123456' }, { passcode: '123456' });
    await bot.enter();
    expect(bot.guests()).toHaveLength(1);
    await bot.close();
    await visit({ passcode: '123456' }, { passcode: '654321' });
    await expect(bot.enter()).rejects.toMatchObject({ subCode: 'passcode_wrong' });
  });
});

describe('in the call', () => {
  it('sees who is there and hears who speaks', async () => {
    await visit({ participants: 3, turn_ms: 1_500 });
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
    lab.act(bot.code, { action: 'chat', text: 'You have been removed' });
    lab.act(bot.code, { action: 'toast', text: 'You have been removed from the meeting' });
    lab.act(bot.code, { action: 'reconnect', for_ms: 700 });
    await until(() => bot.people.at(-1) === null, 'the page to reconnect');
    await until(() => bot.names()?.length === 2, 'both again');
    lab.act(bot.code, 'remove');
    expect(await watched).toMatchObject({ reason: 'removed' });
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
