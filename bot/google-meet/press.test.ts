import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findButton, findJoinButton, press } from '../page/press.ts';
import { englishContext, launchBrowser } from '../page/testing/browser.ts';
import { portOf, targetOf } from '../page/testing/meet.ts';
import { LeaseLapsed } from '../runtime/lease.ts';
import { testLease } from '../testing/doubles.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

it('presses at the same time do not take the mouse from each other', async () => {
  const page = await (await englishContext(browser)).newPage();
  const buttons = ['North', 'East', 'South', 'West'];
  const html = buttons.map(
    (name) => `<button style="display:block;margin:40px" onclick="pressed.push('${name}')">${name}</button>`,
  );
  await page.setContent(`<!doctype html><script>var pressed = []</script>${html.join('')}`);
  const rounds = 12;
  for (let round = 0; round < rounds; round += 1) {
    const done = await Promise.all(
      buttons.map((name) => press(portOf(page), findButton(targetOf(page), [name]), testLease().held)),
    );
    expect(done).toEqual([true, true, true, true]);
  }
  const pressed = await page.evaluate<string[]>('pressed');
  expect(pressed.toSorted()).toEqual(buttons.flatMap((name) => Array(rounds).fill(name)).toSorted());
  await page.context().close();
});

it('presses nothing but the way out when the lease has lapsed, not even what is covered', async () => {
  const page = await (await englishContext(browser)).newPage();
  await page.setContent(`<!doctype html><script>var pressed = []</script>
    ${['Ask to join', 'Leave call'].map((name) => `<button onclick="pressed.push('${name}')">${name}</button>`)}
    <div style="position:fixed;inset:0"></div>`);
  const { held, lapse } = testLease();
  expect(await press(portOf(page), findJoinButton(targetOf(page)), held)).toBe(true);
  lapse();
  await expect(press(portOf(page), findJoinButton(targetOf(page)), held)).rejects.toBeInstanceOf(LeaseLapsed);
  expect(await press(portOf(page), findButton(targetOf(page), ['Leave call']), 'way_out')).toBe(true);
  expect(await page.evaluate<string[]>('pressed')).toEqual(['Ask to join', 'Leave call']);
  await page.context().close();
});
