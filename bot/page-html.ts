// The HTML of a page as evidence: the page's own, then that of the frames that fill it, since some platforms put
// their whole client into a frame.
import type { PageDocument, PagePort } from './browser/page-port.ts';
import { orFallback } from './clock.ts';

/** A frame that hangs must not cost what the rest of the page says. */
const FRAME_MS = 1_500;

/** Returns the page's HTML with that of its content frames. Rejects when the page itself does not answer. */
export async function htmlOf(page: PagePort): Promise<string> {
  const [own, ...frames] = await page.documents();
  const [html, inFrames] = await Promise.all([
    own ? read(own) : '',
    Promise.all(frames.map((frame, index) => readInTime(frame).then((text) => framed(text, index + 1)))),
  ]);
  return [`<!doctype html>\n${html}`, ...inFrames].join('\n');
}

async function read(document: PageDocument): Promise<string> {
  return String(await document.evaluate('document.documentElement.outerHTML'));
}

function readInTime(frame: PageDocument): Promise<string> {
  const text = read(frame).catch(() => '<!-- it was gone -->');
  return orFallback(text, FRAME_MS, '<!-- it did not answer -->');
}

function framed(text: string, number: number): string {
  return `<!-- frame ${number} -->\n${text}`;
}
