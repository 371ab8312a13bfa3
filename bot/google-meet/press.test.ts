import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LeaseLapsed } from '../runtime/lease.ts';
import { testLease } from '../testing/doubles.ts';
import { findButton, findJoinButton, press } from './press.ts';
import { englishContext, launchBrowser } from './testing/browser.ts';

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
      buttons.map((name) => press(page, findButton(page, [name]), testLease().held)),
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
  expect(await press(page, findJoinButton(page), held)).toBe(true);
  lapse();
  await expect(press(page, findJoinButton(page), held)).rejects.toBeInstanceOf(LeaseLapsed);
  expect(await press(page, findButton(page, ['Leave call']), 'way_out')).toBe(true);
  expect(await page.evaluate<string[]>('pressed')).toEqual(['Ask to join', 'Leave call']);
  await page.context().close();
});
