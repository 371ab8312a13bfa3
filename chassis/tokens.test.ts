import { describe, expect, it } from 'vitest';
import {
  claimToken,
  readClaimToken,
  readSessionToken,
  readSlotToken,
  sessionToken,
  slotToken,
} from './tokens.ts';

const SECRET = 'a secret of this test';

describe('tokens of runtimes', () => {
  it('say what they were made for', () => {
    expect(readClaimToken(SECRET, claimToken(SECRET, 'dep_1'))).toBe('dep_1');
    expect(readSessionToken(SECRET, sessionToken(SECRET, 'dep_1', 'run.1 é'))).toEqual({
      deploymentId: 'dep_1',
      runtimeId: 'run.1 é',
    });
    expect(readSlotToken(SECRET, slotToken(SECRET, 'slt_1'))).toBe('slt_1');
  });

  it('are refused when changed, of another secret, or of another kind', () => {
    const claim = claimToken(SECRET, 'dep_1');
    const session = sessionToken(SECRET, 'dep_1', 'run_1');
    for (const token of ['', 'mbc', 'mbc.dep_1.', claim.replace('dep_1', 'dep_2'), `${claim}.x`, session]) {
      expect(readClaimToken(SECRET, token)).toBeNull();
    }
    for (const token of ['', session.replace('dep_1', 'dep_2'), `${session}x`, claim]) {
      expect(readSessionToken(SECRET, token)).toBeNull();
    }
    expect(readClaimToken('another secret', claim)).toBeNull();
    const slot = slotToken(SECRET, 'dep_1');
    for (const token of ['', slot.replace('dep_1', 'dep_2'), `${slot}.x`, claim, session]) {
      expect(readSlotToken(SECRET, token)).toBeNull();
    }
    expect(readClaimToken(SECRET, slot)).toBeNull();
    expect(readClaimToken(SECRET, slot.replace('mba', 'mbc'))).toBeNull();
    expect(readSessionToken(SECRET, slot)).toBeNull();
  });
});
