import { afterEach, expect, it, vi } from 'vitest';
import type { PageDocument, PagePort } from '../browser/page-port.ts';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { inPage } from './in-page.ts';

const unhandled = vi.fn();
afterEach(() => void process.off('unhandledRejection', unhandled));

const documentOf = (evaluate: () => Promise<unknown>): PageDocument => ({ evaluate, find: async () => null });
const look = (...documents: PageDocument[]) =>
  inPage(
    { page: { documents: async () => documents } as unknown as PagePort, data: GOOGLE_MEET },
    () => 'looked',
    null,
  );

it('answers for the page and the frames that answer', async () => {
  const answers = documentOf(async () => 'looked');
  const gone = documentOf(() => Promise.reject(new Error('the frame is gone')));
  expect(await look(answers, gone, answers)).toEqual(['looked', 'looked']);
});

it('rejects when the page navigates while a frame still answers, and nothing else happens', async () => {
  process.on('unhandledRejection', unhandled);
  const frame = Promise.withResolvers<unknown>();
  const looked = look(
    documentOf(() => Promise.reject(new Error('the page navigated'))),
    documentOf(() => frame.promise),
  ).catch((error: Error) => error.message);
  // Node tells of a rejection when all that was ready to run has run.
  await new Promise((resolve) => setImmediate(resolve));
  frame.resolve('looked');
  expect(await looked).toBe('the page navigated');
  expect(unhandled).not.toHaveBeenCalled();
});
