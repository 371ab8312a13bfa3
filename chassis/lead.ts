// How long before its join time a bot needs its slot, and how long a launch may take. Both depend on
// which deployment platforms are in use.
import { descriptorOf, PLATFORM_NAMES } from '@meeboter/deployer/platforms/registry.ts';
import {
  botLimit,
  type DeploymentPlatform,
  type LaunchRate,
  launchRate,
  type PoolSettings,
} from './env/pool.ts';

/** The lead of a deployment platform for which nothing was measured yet, ms. */
export const assumedLeadMs = (platform: DeploymentPlatform) => descriptorOf(platform).assumedLeadMs;

/** What the database knows of a deployment platform that the lead depends on. */
export interface KnownPlatform {
  deployment_platform: string;
  /** Measured lead, ms; null until enough launches were measured. */
  lead_ms: number | null;
  /** The limit that a scheduler noted; null before one has. */
  bot_limit: number | null;
  /** It takes no bots now: its breaker is open, or an operator has drained it. */
  is_out?: boolean;
  is_drained?: boolean;
}

/**
 * The lead of a booking, ms: the longest of all platforms that may take the bot, measured or, before that,
 * assumed. Which platform will have room is not known in advance, and a bot that is early waits in its
 * browser.
 */
export function bookingLeadMs(settings: PoolSettings, known: readonly KnownPlatform[]): number {
  const leads = inUse(settings, known).map(
    (platform) => rowOf(known, platform)?.lead_ms ?? assumedLeadMs(platform),
  );
  return Math.max(...(leads.length > 0 ? leads : settings.PLATFORM_PRIORITY.map(assumedLeadMs)));
}

/** How fast bots may be launched on all platforms together. */
export function launchRateOfAll(settings: PoolSettings, known: readonly KnownPlatform[]): LaunchRate {
  const takes = (name: DeploymentPlatform) => {
    const pool = rowOf(known, name);
    return !(pool?.is_out || pool?.is_drained);
  };
  const platforms = inUse(settings, known).filter(takes);
  const rates = (platforms.length > 0 ? platforms : settings.PLATFORM_PRIORITY).map((it) => {
    const { burst, perSecond } = launchRate(settings, it);
    // A platform with room for two bots launches no more than two.
    const limit = botLimit(settings, it, rowOf(known, it));
    return { burst: Math.min(burst, limit), perSecond: Math.min(perSecond, limit) };
  });
  return {
    burst: rates.reduce((sum, { burst }) => sum + burst, 0),
    perSecond: rates.reduce((sum, { perSecond }) => sum + perSecond, 0),
  };
}

/** The platforms that take bots. */
function inUse(settings: PoolSettings, known: readonly KnownPlatform[]): DeploymentPlatform[] {
  return settings.PLATFORM_PRIORITY.filter((it) => botLimit(settings, it, rowOf(known, it)) > 0);
}

const rowOf = (known: readonly KnownPlatform[], platform: DeploymentPlatform) =>
  known.find((it) => it.deployment_platform === platform);

const LAUNCH_AT_LEAST_MS = 60_000;

/** How long a started bot may take to call back, ms: the setting, or twice the lead that is assumed of its platform. */
export function launchTimeoutMs(settings: PoolSettings, platform: DeploymentPlatform): number {
  return settings.LAUNCH_TIMEOUT_MS ?? Math.max(LAUNCH_AT_LEAST_MS, 2 * assumedLeadMs(platform));
}

/** The same for every platform, by its name. */
export function launchTimeoutsMs(settings: PoolSettings): Record<DeploymentPlatform, number> {
  const each = PLATFORM_NAMES.map((platform) => [platform, launchTimeoutMs(settings, platform)]);
  return Object.fromEntries(each) as Record<DeploymentPlatform, number>;
}
