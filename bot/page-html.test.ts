import type { Browser } from 'playwright';
import type { Browser as Puppet } from 'puppeteer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PageDocument, PagePort } from './browser/page-port.ts';
import { englishContext, launchBrowser } from './page/testing/browser.ts';
import { portOf } from './page/testing/meet.ts';
import { launchPuppet, openPuppetPage } from './page/testing/puppet.ts';
import { htmlOf } from './page-html.ts';

const PAGE = `<!doctype html><style>body { margin: 0 } #client { width: 100vw; height: 90vh; border: 0 }</style>
  <h1>Outside</h1><iframe id="client" srcdoc="<p>You can't join this meeting</p>"></iframe>
  <iframe style="width: 20px; height: 20px" srcdoc="<p>an advertisement</p>"></iframe>`;

let playwright: Browser;
let puppet: Puppet;
beforeAll(async () => {
  [playwright, puppet] = await Promise.all([launchBrowser(), launchPuppet()]);
});
afterAll(() => Promise.all([playwright.close(), puppet.close()]));

async function expectBoth(port: PagePort): Promise<void> {
  const html = await htmlOf(port);
  expect(html).toContain('<h1>Outside</h1>');
  expect(html).toMatch(/<!-- frame 1 -->\s*<html><head><\/head><body><p>You can't join this meeting<\/p>/);
  expect(html).not.toContain('<!-- frame 2 -->');
}

it('holds the frame that fills the page, with Playwright', async () => {
  const page = await (await englishContext(playwright)).newPage();
  await page.setContent(PAGE);
  await expectBoth(portOf(page));
  await page.context().close();
});

it('holds the frame that fills the page, with Puppeteer', async () => {
  const { page, close } = await openPuppetPage(puppet);
  await page.raw.setContent(PAGE);
  await expectBoth(page);
  await close();
});

it('does without a frame that hangs, and without one that is gone', async () => {
  const page = { evaluate: async () => '<html>own</html>' };
  const hangs = { evaluate: () => new Promise(() => undefined) };
  const gone = { evaluate: () => Promise.reject(new Error('detached')) };
  const documents = async () => [page, hangs, gone] as unknown as PageDocument[];
  const html = await htmlOf({ documents } as PagePort);
  expect(html).toMatch(
    /<html>own<\/html>\n<!-- frame 1 -->\n<!-- it did not answer -->\n.*2 -->\n<!-- it was gone/,
  );
});
