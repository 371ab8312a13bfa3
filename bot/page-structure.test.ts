import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GOOGLE_MEET } from './google-meet/data.ts';
import { ownWords } from './page/own-words.ts';
import { englishContext, launchBrowser } from './page/testing/browser.ts';
import { CALL, PREJOIN, peoplePanel } from './page/testing/fixtures.ts';
import { portOf } from './page/testing/meet.ts';
import { structureOf } from './page-structure.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function structure(body: string): Promise<string> {
  const page = await (await englishContext(browser)).newPage();
  await page.setContent(`<!doctype html><body>${body}</body>`);
  const html = await structureOf(portOf(page), (text) => ownWords(text, GOOGLE_MEET));
  await page.context().close();
  return html;
}

it('keeps what the platform says of joining, and how the page is built', async () => {
  const html = await structure(PREJOIN);
  expect(html).toContain('<span>Ask to join</span>');
  expect(html).toContain('role="button" tabindex="0" aria-label="Turn off microphone …"');
  expect(html).toContain('aria-label="Your name" maxlength');
});

it('keeps nobody: not in texts, labels, attributes, fields, pictures or code', async () => {
  const html = await structure(`${CALL}${peoplePanel([['ada', 'Ada Park', 'Meeting host']])}
    <p>Ada Park and Ben are in this call</p><div data-message-id="1">Ada: the budget is 3 million</div>
    <img src="/avatar/ada.png" alt="Ada Park"><a href="/people/ada">Ada</a><input value="Ada Park">
    <button aria-label="Pin Ada Park to your screen">Pin</button><textarea>Dear Ada</textarea>
    <script type="application/json">{"participants":["Ada Park"]}</script><!-- Ada Park -->
    <svg><title>Ada Park</title></svg><details style="--owner: Ada"><summary>Ada</summary></details>`);
  expect(html).not.toMatch(/ada|park|ben\b|budget|million/i);
  expect(html).toContain('<img src alt="…">');
  expect(html).toContain('aria-label="Leave call"');
});
