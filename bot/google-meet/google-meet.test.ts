// The whole driver, in a real browser, in the lab's meetings.
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../lab/meetings/scenario.ts';
import { type Lab, startLab } from '../../lab/server.ts';
import type { Participant } from '../meeting.ts';
import { englishContext, launchBrowser, until } from '../page/testing/browser.ts';
import { createGoogleMeet, guardOf } from '../page/testing/meet.ts';
import type { Timing } from '../page/timing.ts';
import { testLease } from '../testing/doubles.ts';

const TIMING: Partial<Timing> = {
  pollMs: 100,
  watchPollMs: 100,
  confirmMs: 150,
  captchaMs: 200,
  popupMs: 300,
};

let browser: Browser;
let lab: Lab;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  lab = await startLab({ port: 0 });
});
afterEach(() => page.context().close());
afterAll(async () => {
  await browser.close();
  await lab.close();
});

/** Sends a bot to a meeting of the lab. It is empty unless the scenario says otherwise, which is faster. */
async function visit(scenario: ScenarioInput = {}) {
  const { code, url } = lab.createMeeting({ participants: 0, admit_after_ms: 700, ...scenario });
  page = await (await englishContext(browser)).newPage();
  const abort = new AbortController();
  const meeting = createGoogleMeet({
    page,
    url,
    displayName: 'Notes',
    guard: guardOf(page, [lab.origin]),
    timing: TIMING,
  });
  const people: (Participant[] | null)[] = [];
  const turns: { externalId: string; seconds: number }[] = [];
  let waits = 0;
  const { held } = testLease(abort.signal);
  return {
    code,
    meeting,
    abort,
    people,
    turns,
    waits: () => waits,
    guests: () => lab.presence(code).guests,
    names: () => people.at(-1)?.map(({ name }) => name),
    async enter() {
      await meeting.prepare(held);
      await meeting.knock(held);
      await meeting.admission(() => waits++, held);
    },
    watch: () =>
      meeting.watch(
        {
          onParticipants: (others) => people.push(others),
          onNotice: () => undefined,
          onSound: () => undefined,
          onSpeakerTurn: ({ externalId, startedAt, endedAt }) =>
            turns.push({ externalId, seconds: (endedAt.getTime() - startedAt.getTime()) / 1000 }),
        },
        held,
      ),
  };
}

describe('getting in', () => {
  it.each<[string, ScenarioInput, number]>([
    ['after a knock', {}, 1],
    ['at once, into an open meeting', { access: 'open' }, 0],
    [
      'with a page that hinders where it can',
      {
        device_gate: true,
        popups: true,
        consent: 'both',
        name_input_rerenders: 3,
        slow_splash_ms: 500,
        lobby_wording: 3,
      },
      1,
    ],
    ['after a host who was late', { lobby_wording: 5 }, 1],
  ])('works %s', async (_, scenario, waits) => {
    const bot = await visit(scenario);
    await bot.enter();
    expect(bot.waits()).toBe(waits);
    await bot.meeting.leave();
    await until(() => bot.guests()[0]?.left_by === 'self', 'the bot to have left');
    expect(bot.guests()).toMatchObject([{ name: 'Notes', microphone_on: false, camera_on: false }]);
    expect(bot.guests()[0]?.consented_at === null).toBe(scenario.consent === undefined);
  });

  it.each<[string, ScenarioInput]>([
    ['denied', { deny_after_ms: 100 }],
    ['no_response', { no_response_after_ms: 100 }],
    ['blocked_by_platform', { blocked: true }],
    ['blocked_by_platform', { blocked: 'on_knock' }],
    ['captcha', { captcha: true }],
    ['captcha', { captcha: 'on_knock' }],
    ['meeting_not_found', { not_found: true }],
    ['sign_in_required', { sign_in_required: true }],
  ])('fails with %s: %o', async (subCode, scenario) => {
    const bot = await visit(scenario);
    await expect(bot.enter()).rejects.toMatchObject({ name: 'MeetingFault', subCode });
    expect(bot.guests().length).toBeLessThanOrEqual(1);
  });

  it('knocks once and waits as long as the caller likes, then leaves the lobby', async () => {
    const bot = await visit({ never_admit: true });
    const entered = bot.enter();
    await until(() => bot.waits() === 1, 'the lobby');
    const enough = new Error('nobody admitted us');
    bot.abort.abort(enough);
    await expect(entered).rejects.toBe(enough);
    await bot.meeting.leave();
    await until(() => bot.guests()[0]?.left_at !== null, 'the bot to have left the lobby');
    expect(bot.guests()).toHaveLength(1);
  });
});

describe('in the call', () => {
  it('hears who speaks, sees who is there, survives a reconnect, and is removed', async () => {
    const bot = await visit({ participants: 2, turn_ms: 1_200, popups: true });
    await bot.enter();
    const watched = bot.watch();
    const isHosted = () => bot.people.at(-1)?.filter(({ isHost }) => isHost).length === 1;
    await until(() => bot.names()?.length === 2 && isHosted(), 'both people, one a host');
    const ids = bot.people.at(-1)?.map(({ externalId }) => externalId) ?? [];
    await until(
      () => new Set(bot.turns.map(({ externalId }) => externalId)).size === 2,
      'both to have spoken',
    );
    expect(ids).toEqual(expect.arrayContaining(bot.turns.map(({ externalId }) => externalId)));

    lab.act(bot.code, { action: 'reconnect', for_ms: 700 });
    await until(() => bot.people.at(-1) === null, 'the page to reconnect');
    await until(() => bot.names()?.length === 2, 'the page to be back');
    lab.act(bot.code, { action: 'chat', text: "You've been removed from the meeting" });
    lab.act(bot.code, { action: 'toast', text: "You've been removed from the meeting" });
    lab.act(bot.code, 'everyone_leaves');
    await until(() => bot.names()?.length === 0, 'everybody to be gone');
    lab.act(bot.code, 'everyone_returns');
    await until(() => bot.names()?.length === 2, 'everybody to be back');
    lab.act(bot.code, 'remove');
    expect(await watched).toMatchObject({ reason: 'removed' });
    expect(bot.guests()).toMatchObject([{ left_by: 'removed' }]);
  });

  it('knows that the host ended the meeting', async () => {
    const bot = await visit();
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 0, 'an empty room');
    lab.act(bot.code, 'end');
    expect(await watched).toMatchObject({ reason: 'meeting_ended' });
  });

  it('stops watching when it is told to', async () => {
    const bot = await visit();
    await bot.enter();
    const watched = bot.watch();
    bot.abort.abort();
    expect(await watched).toBeNull();
  });
});
