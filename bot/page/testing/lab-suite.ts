// What a driver has to do in the lab's meetings, on every platform. A platform's test files say in which meetings.
import type { Browser } from 'puppeteer';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ScenarioInput } from '../../../lab/meetings/scenario.ts';
import { type Lab, startLab } from '../../../lab/server.ts';
import type { PlatformData } from '../data.ts';
import { until } from './browser.ts';
import { launchPuppet } from './puppet.ts';
import { type LabVisit, type VisitOptions, visitLab } from './visit.ts';

const LINE = 'This meeting is recorded by Notes.';

/** Starts a browser and a lab for a test file. Returns the tests to choose from. */
export function labSuite(data: PlatformData) {
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
    bot = await visitLab({ browser, lab, data, scenario, ...more });
    return bot;
  }
  async function watchTwo(scenario: ScenarioInput = {}) {
    await visit({ participants: 2, ...scenario });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 2, 'both');
    // In an object: a promise that is returned by itself would be waited for.
    return { watched };
  }

  return {
    /** It joins, has its devices off, and leaves. The number is of lobbies seen. */
    getsInto: (cases: [string, ScenarioInput, number][]) =>
      it.each(cases)('gets into %s', async (_, scenario, waits) => {
        await visit(scenario);
        await bot.enter();
        expect(bot.waits()).toBe(waits);
        await bot.meeting.leave();
        await until(() => bot.guests().at(-1)?.left_by === 'self', 'the bot to have left');
        expect(bot.guests()).toMatchObject([{ name: 'Notes', microphone_on: false, camera_on: false }]);
      }),

    getsInAllTheSame: (cases: [string, ScenarioInput][]) =>
      it.each(cases)('gets in all the same: %s', async (_, scenario) => {
        await visit(scenario);
        await bot.enter();
        expect(bot.guests().at(-1)?.admitted_at).not.toBeNull();
      }),

    failsWith: (cases: [string, ScenarioInput][]) =>
      it.each(cases)('fails with %s: %o', async (subCode, scenario) => {
        await visit(scenario);
        await expect(bot.enter()).rejects.toMatchObject({ name: 'MeetingFault', subCode });
      }),

    givesPasscodes: (right: string, wrong: string) =>
      it('gives the passcode that the page asks for, and says when it is wrong', async () => {
        await visit({ passcode: right }, { passcode: right });
        await bot.enter();
        expect(bot.guests()).toHaveLength(1);
        await bot.close();
        await visit({ passcode: right }, { passcode: wrong });
        await expect(bot.enter()).rejects.toMatchObject({ subCode: 'passcode_wrong' });
      }),

    seesAndHears: (variants: number[]) =>
      it.each(variants)('sees who is there and hears who speaks, in layout %i', async (variant) => {
        await visit({ variant, participants: 3, turn_ms: 1_500 });
        await bot.enter();
        const watched = bot.watch();
        await until(() => bot.names()?.length === 3, 'three people');
        const speakers = () => new Set(bot.turns.map(({ externalId }) => externalId));
        await until(() => speakers().size >= 2, 'two speakers', 20_000);
        const ids = bot.people.at(-1)?.map(({ externalId }) => externalId);
        expect(ids).toEqual(expect.arrayContaining([...speakers()]));
        lab.act(bot.code, 'everyone_leaves');
        await until(() => bot.names()?.length === 0, 'everybody to be gone');
        lab.act(bot.code, 'end');
        expect(await watched).toMatchObject({ reason: 'meeting_ended' });
        // The list of people is opened once, and the bot does not close it again.
        expect(bot.events.filter((event) => event.startsWith('people_panel'))).toEqual(['people_panel true']);
      }),

    /** `lies`: what people write that would end the call if the page said it. */
    believesOnlyThePage: (lies: { chat: string; toast: string }) =>
      it('is removed, and does not believe who only says so; a new name is no new person', async () => {
        const { watched } = await watchTwo({ popups: true });
        const known = bot.people.at(-1)?.map(({ externalId }) => externalId);
        lab.act(bot.code, { action: 'rename', name: bot.names()?.[0] ?? '', to: 'Somebody New' });
        await until(() => bot.names()?.includes('Somebody New') ?? false, 'the new name');
        expect(bot.people.at(-1)?.map(({ externalId }) => externalId)).toEqual(known);
        lab.act(bot.code, { action: 'chat', text: lies.chat });
        lab.act(bot.code, { action: 'toast', text: lies.toast });
        lab.act(bot.code, { action: 'reconnect', for_ms: 700 });
        await until(() => bot.people.at(-1) === null, 'the page to reconnect');
        await until(() => bot.names()?.length === 2, 'both again');
        lab.act(bot.code, 'remove');
        expect(await watched).toMatchObject({ reason: 'removed' });
      }),

    writesToChat: () =>
      it('writes its line into the chat', async () => {
        await visit({ participants: 1 });
        await bot.enter();
        expect(await bot.meeting.write(LINE, bot.held)).toBe(true);
        await until(() => lab.presence(bot.code).chat.length > 0, 'the line');
        expect(lab.presence(bot.code).chat.at(-1)).toMatchObject({ from: 'Notes', text: LINE });
      }),
  };
}
