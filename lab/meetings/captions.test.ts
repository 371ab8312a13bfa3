import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Captions } from './captions.ts';
import { peopleOf } from './people.ts';
import type { Caption } from './presence.ts';
import { scenarioSchema } from './scenario.ts';

const [ada, bruno] = peopleOf(scenarioSchema.parse({ participants: 2 }));
let shown: Caption[];
let captions: Captions;

beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  captions = new Captions((caption) => shown.push({ ...caption }));
});
afterEach(() => {
  captions.stop();
  vi.useRealTimers();
});

it('grows word by word, and corrects itself at the end', () => {
  captions.update(ada ? [ada] : []);
  vi.advanceTimersByTime(600);
  expect(shown.map((caption) => caption.text)).toEqual(['go', 'good morni', 'good morning l']);
  captions.update([]);
  expect(shown.at(-1)).toMatchObject({ id: 'caption-1', name: 'Ada Park', text: 'Good morning, let' });
  expect(new Set(shown.map((caption) => caption.id)).size).toBe(1);
  expect(captions.log[0]?.ended_at).toBeTruthy();
});

it('goes on with another caption when somebody says more than a sentence', () => {
  captions.update(ada ? [ada] : []);
  vi.advanceTimersByTime(14 * 250);
  expect(captions.log.map(({ text, ended_at }) => [text, ended_at !== null])).toEqual([
    ['Good morning, let us begin with the numbers of last week.', true],
    [expect.stringMatching(/^yes/), false],
  ]);
});

it('keeps two people who speak at once apart, and is silent when nobody does', () => {
  captions.update(ada && bruno ? [ada, bruno] : []);
  vi.advanceTimersByTime(500);
  captions.stop();
  expect(captions.log.map((caption) => caption.person_id)).toEqual(['person-1', 'person-2']);
  const count = shown.length;
  vi.advanceTimersByTime(5_000);
  expect(shown).toHaveLength(count);
});
