// How long before its join time a bot wants its slot, and how long a launch may take: both hang on the
// deployment platforms that are in use.
import { assumedLeadMs } from '@meeboter/domain/booking.ts';
import { botLimit, DEPLOYMENT_PLATFORMS, type DeploymentPlatform, type Settings } from './env.ts';

/** What the pool knows of a deployment platform, as far as the lead is concerned. */
export interface KnownPlatform {
  deployment_platform: string;
  /** As measured, ms; null before enough launches. */
  lead_ms: number | null;
  /** What was noted; null before a scheduler has. */
  bot_limit: number | null;
}

/**
 * The lead of a booking, ms: the longest one of the platforms that may take the bot, as measured or, before
 * that, assumed. Which of them will have room when the time comes nobody knows, and a bot that is early
 * waits in its browser.
 */
export function bookingLeadMs(settings: Settings, known: readonly KnownPlatform[]): number {
  const leads = settings.PLATFORM_PRIORITY.flatMap((platform) => {
    const pool = known.find((it) => it.deployment_platform === platform);
    const takesBots = (pool?.bot_limit ?? botLimit(settings, platform)) > 0;
    return takesBots ? [pool?.lead_ms ?? assumedLeadMs(platform)] : [];
  });
  const [first = 'local'] = settings.PLATFORM_PRIORITY;
  return leads.length > 0 ? Math.max(...leads) : assumedLeadMs(first);
}

const LAUNCH_AT_LEAST_MS = 60_000;

/** How long a started bot may take to call back, ms: as set, or twice the lead that its platform is assumed to need. */
export function launchTimeoutMs(settings: Settings, platform: DeploymentPlatform): number {
  return settings.LAUNCH_TIMEOUT_MS ?? Math.max(LAUNCH_AT_LEAST_MS, 2 * assumedLeadMs(platform));
}

/** The same for every platform, by its name. */
export function launchTimeoutsMs(settings: Settings): Record<DeploymentPlatform, number> {
  const each = DEPLOYMENT_PLATFORMS.map((platform) => [platform, launchTimeoutMs(settings, platform)]);
  return Object.fromEntries(each) as Record<DeploymentPlatform, number>;
}
