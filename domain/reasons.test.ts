import { describe, expect, it } from 'vitest';
import { LEAVE_REASONS, REASON_CATEGORIES, REASONS, reasonOf, SUB_CODES } from './reasons.ts';

describe('reasons', () => {
  it('have a category of ours and a sentence', () => {
    for (const subCode of SUB_CODES) {
      expect(subCode).toMatch(/^[a-z_]+$/);
      expect(REASON_CATEGORIES).toContain(REASONS[subCode].category);
      expect(REASONS[subCode].text).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('never send a bot again where it was turned away', () => {
    for (const subCode of [
      'denied',
      'captcha',
      'sign_in_required',
      'meeting_not_found',
      'cancelled_by_user',
    ] as const) {
      expect(REASONS[subCode].retryable).toBe(false);
    }
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
