import { describe, expect, it } from 'vitest';
import { localeOf } from './client-page.ts';

describe('localeOf', () => {
  it.each([
    ['en', 'de-DE,de;q=0.9', 'en'],
    [undefined, 'en-GB,en;q=0.8', 'en'],
    [undefined, 'de-DE,de;q=0.9,en;q=0.5', 'de'],
    [undefined, undefined, 'de'],
    ['de', 'en-US', 'de'],
  ])('for hl=%s and %s is %3$s', (hl, acceptLanguage, locale) => {
    expect(localeOf(hl, acceptLanguage)).toBe(locale);
  });
});
