// How long before its join time a bot needs its slot, and how long a launch may take. Both depend on
// which deployment platforms are in use.
import { assumedLeadMs } from '@meeboter/domain/booking.ts';
import { botLimit, DEPLOYMENT_PLATFORMS, type DeploymentPlatform, type PoolSettings } from './env/pool.ts';

/** What the database knows of a deployment platform that the lead depends on. */
export interface KnownPlatform {
  deployment_platform: string;
  /** Measured lead, ms; null until enough launches were measured. */
  lead_ms: number | null;
  /** The limit that a scheduler noted; null before one has. */
  bot_limit: number | null;
}

/**
 * The lead of a booking, ms: the longest of all platforms that may take the bot, measured or, before that,
 * assumed. Which platform will have room is not known in advance, and a bot that is early waits in its
 * browser.
 */
export function bookingLeadMs(settings: PoolSettings, known: readonly KnownPlatform[]): number {
  const leads = settings.PLATFORM_PRIORITY.flatMap((platform) => {
    const pool = known.find((it) => it.deployment_platform === platform);
    const takesBots = (pool?.bot_limit ?? botLimit(settings, platform)) > 0;
    return takesBots ? [pool?.lead_ms ?? assumedLeadMs(platform)] : [];
  });
  const [first = 'local'] = settings.PLATFORM_PRIORITY;
  return leads.length > 0 ? Math.max(...leads) : assumedLeadMs(first);
}

const LAUNCH_AT_LEAST_MS = 60_000;

/** How long a started bot may take to call back, ms: the setting, or twice the lead that is assumed of its platform. */
export function launchTimeoutMs(settings: PoolSettings, platform: DeploymentPlatform): number {
  return settings.LAUNCH_TIMEOUT_MS ?? Math.max(LAUNCH_AT_LEAST_MS, 2 * assumedLeadMs(platform));
}

/** The same for every platform, by its name. */
export function launchTimeoutsMs(settings: PoolSettings): Record<DeploymentPlatform, number> {
  const each = DEPLOYMENT_PLATFORMS.map((platform) => [platform, launchTimeoutMs(settings, platform)]);
  return Object.fromEntries(each) as Record<DeploymentPlatform, number>;
}
