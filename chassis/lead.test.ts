import { expect, it } from 'vitest';
import { testSettings } from '../e2e/support/test-settings.ts';
import { bookingLeadMs, launchTimeoutMs, launchTimeoutsMs } from './lead.ts';

const platform = (deployment_platform: string, lead_ms: number | null, bot_limit: number | null = null) => ({
  deployment_platform,
  lead_ms,
  bot_limit,
});

it('a booking has the longest lead of the platforms that may take it', () => {
  const both = testSettings({ PLATFORM_PRIORITY: 'local,aws' });
  expect(bookingLeadMs(both, [])).toBe(90_000);
  expect(bookingLeadMs(both, [platform('local', 4_000), platform('aws', 40_000)])).toBe(40_000);
  expect(bookingLeadMs(both, [platform('local', 50_000), platform('aws', 40_000)])).toBe(50_000);
  // What is not in use does not count, nor does what takes no bot.
  expect(bookingLeadMs(both, [platform('coolify', 200_000), platform('aws', 40_000, 0)])).toBe(10_000);
  const none = testSettings({ PLATFORM_PRIORITY: 'local,aws', AWS_BOT_LIMIT: '0' });
  expect(bookingLeadMs(none, [platform('local', 4_000)])).toBe(4_000);
  const closed = testSettings({ PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: '0' });
  expect(bookingLeadMs(closed, [])).toBe(90_000);
});

it('a launch may take twice what its platform is assumed to need, unless it is said', () => {
  expect(launchTimeoutsMs(testSettings({}))).toEqual({
    local: 60_000,
    coolify: 90_000,
    k8s: 120_000,
    aws: 180_000,
  });
  const said = testSettings({ PLATFORM_PRIORITY: 'aws', LAUNCH_TIMEOUT_MS: '7000' });
  expect(launchTimeoutMs(said, 'aws')).toBe(7_000);
});
