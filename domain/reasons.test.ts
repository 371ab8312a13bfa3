import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detailForOwner, LEAVE_REASONS, REASON_CATEGORIES, REASONS, reasonOf, SUB_CODES } from './reasons.ts';

describe('reasons', () => {
  it('have a category of ours and a sentence', () => {
    for (const subCode of SUB_CODES) {
      expect(subCode).toMatch(/^[a-z_]+$/);
      expect(REASON_CATEGORIES).toContain(REASONS[subCode].category);
      expect(REASONS[subCode].text).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('are all explained to users', () => {
    const page = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8');
    const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const subCode of SUB_CODES) {
      const row = rows.find(([, cell]) => cell === `\`${subCode}\``);
      expect(row, subCode).toBeDefined();
      // The reasons of failed recordings have a table of their own.
      if (row?.length === 6) expect(row[2]).toBe(REASONS[subCode].category);
    }
  });

  it('never send a bot again where it was turned away', () => {
    for (const subCode of [
      'denied',
      'captcha',
      'sign_in_required',
      'meeting_not_found',
      'cancelled_by_user',
      'meeting_full',
      'host_not_started',
      'passcode_required',
      'passcode_wrong',
      'registration_required',
      'web_client_disabled',
      'bots_not_allowed',
    ] as const) {
      expect(REASONS[subCode].retryable).toBe(false);
    }
  });

  it('keep the words of a deployment platform from the owner of a bot, and no others', () => {
    const words = 'arn:aws:iam::1234:role/bots may not run tasks on ecs.internal';
    for (const subCode of SUB_CODES) {
      const told = detailForOwner(subCode, words);
      const isPlatforms = /^(launch_|platform_|runtime_lost|stop_unconfirmed)/.test(subCode);
      if (isPlatforms) expect(told, subCode).toBe(REASONS[subCode].text);
      else expect(told, subCode).toBe(words);
    }
    expect(detailForOwner('launch_failed', null)).toBe(null);
    expect(detailForOwner(null, null)).toBe(null);
  });

  it('treat a code they do not know as a fault that is not retried', () => {
    expect(reasonOf('something_new')).toEqual({ category: 'infra', retryable: false, text: 'something new' });
    // What every JavaScript object answers to is no reason.
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      expect(reasonOf(name)).toMatchObject({ category: 'infra', retryable: false });
    }
    for (const reason of LEAVE_REASONS) expect(reasonOf(reason).text).not.toBe(reason);
  });
});
