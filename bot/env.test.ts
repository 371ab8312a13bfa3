import { expect, test } from 'vitest';
import { parseEnv, parseSlotEnv } from './env.ts';

const good = {
  MEEBOTER_API_URL: 'http://api',
  MEEBOTER_CLAIM_TOKEN: 'secret',
  CHROMIUM_PATH: process.execPath,
};

test('everything wrong is said at once', () => {
  const wrong = { MEEBOTER_API_URL: 'api', CHROMIUM_PATH: '/nowhere' };
  expect(() => parseEnv(wrong, 'run_1')).toThrow(/MEEBOTER_API_URL.*MEEBOTER_CLAIM_TOKEN.*CHROMIUM_PATH/s);
});

test('children inherit everything but the tokens', () => {
  const { childEnv } = parseEnv({ ...good, HOME: '/root', MEEBOTER_SLOT_TOKEN: 'secret too' }, 'run_1');
  expect(childEnv).toMatchObject({ HOME: '/root', MEEBOTER_RUNTIME_ID: 'run_1' });
  expect(JSON.stringify(childEnv)).not.toContain('secret');
});

test('a marker set by the platform is kept', () => {
  expect(parseEnv({ ...good, MEEBOTER_RUNTIME_ID: 'slot-3' }, 'run_1').childEnv.MEEBOTER_RUNTIME_ID).toBe(
    'slot-3',
  );
});

test('a container of a slot is told from one with a claim token', () => {
  const slot = { MEEBOTER_API_URL: 'http://api', MEEBOTER_SLOT_ID: 'slt_1', MEEBOTER_SLOT_TOKEN: 'secret' };
  expect(parseSlotEnv(slot)).toMatchObject({ apiUrl: 'http://api', slotId: 'slt_1', slotToken: 'secret' });
  expect(parseSlotEnv({ ...slot, ...good })).toBeNull();
  expect(parseSlotEnv({ ...slot, MEEBOTER_SLOT_TOKEN: '' })).toBeNull();
});
