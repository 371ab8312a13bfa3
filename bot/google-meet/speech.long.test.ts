// Who spoke when, judged by the lab's log of who did, for each way in which the page can show it.
import type { Browser } from 'puppeteer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab/server.ts';
import { until } from '../page/testing/browser.ts';
import { launchPuppet } from '../page/testing/puppet.ts';
import { visitLab } from '../page/testing/visit.ts';
import { GOOGLE_MEET } from './data.ts';

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  browser = await launchPuppet();
  lab = await startLab({ port: 0 });
});
afterAll(async () => {
  await browser.close();
  await lab.close();
});

type Stretch = [id: string, fromMs: number, toMs: number];

/** For how long the stretches of the first list are in the second one as well, in ms. */
function sharedMs(some: Stretch[], others: Stretch[]): number {
  let sum = 0;
  for (const [id, from, to] of some) {
    for (const [other, otherFrom, otherTo] of others) {
      if (other === id) sum += Math.max(0, Math.min(to, otherTo) - Math.max(from, otherFrom));
    }
  }
  return sum;
}
const lengthOf = (all: Stretch[]) => all.reduce((sum, [, from, to]) => sum + to - from, 0);

it.each(['attribute', 'class', 'style'] as const)(
  'turns shown by %s are those of the lab',
  async (speaking_signal) => {
    const scenario = { participants: 3, turn_ms: 3_000, speaking_signal, admit_after_ms: 300 };
    const bot = await visitLab({ browser, lab, data: GOOGLE_MEET, scenario, timing: { noSignalMs: 8_000 } });
    await bot.enter();
    const watched = bot.watch();
    await until(() => bot.names()?.length === 3, 'all three');
    const fromMs = Date.now();
    await until(
      () => lab.presence(bot.code).turns.filter(({ ended_at }) => ended_at !== null).length > 6,
      'seven turns',
      50_000,
    );
    const toMs = Date.now();
    bot.abort.abort();
    await watched;
    const clip = ([id, from, to]: Stretch): Stretch => [
      id,
      Math.max(from, fromMs),
      Math.max(fromMs, Math.min(to, toMs)),
    ];
    const real = lab
      .presence(bot.code)
      .turns.map(
        (one): Stretch => [
          one.person_id,
          Date.parse(one.started_at),
          one.ended_at ? Date.parse(one.ended_at) : toMs,
        ],
      )
      .map(clip);
    const told = bot.turns
      .map((one): Stretch => [one.externalId, one.startedAt.getTime(), one.endedAt.getTime()])
      .map(clip);
    expect(sharedMs(real, told) / lengthOf(real)).toBeGreaterThan(0.9);
    expect(sharedMs(told, real) / lengthOf(told)).toBeGreaterThan(0.85);
    expect(bot.notices).toEqual([]);
    await bot.close();
  },
  90_000,
);

it('says that nothing shows who speaks, and invents nobody', async () => {
  const scenario = { participants: 2, turn_ms: 1_000, speaking_signal: 'none' as const, admit_after_ms: 300 };
  const bot = await visitLab({ browser, lab, data: GOOGLE_MEET, scenario, timing: { noSignalMs: 6_000 } });
  await bot.enter();
  const watched = bot.watch();
  await until(() => bot.notices.includes('no_speaker_signal'), 'the notice', 30_000);
  expect(bot.turns).toEqual([]);
  bot.abort.abort();
  await watched;
  await bot.close();
}, 60_000);
