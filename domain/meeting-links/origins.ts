// Where the browser of a bot may navigate. It comes from the platform, not from the link alone: a join page
// may send its visitors to another host of the same platform, and to no other.
import type { MeetingPlatform, Place } from './link.ts';
import { isBelow } from './url-text.ts';

/** Domains of Zoom's editions. Each is a world of its own: meetings of one are unknown to the others. */
const ZOOM_EDITIONS = ['zoom.us', 'zoomgov.com', 'zoom.com.cn', 'zoom-x.de'] as const;

/** Zoom's new domain, an alias of zoom.us. */
const ZOOM_ALIAS = 'zoom.com';

/** Portals of Zoom's customers, by the edition behind them. */
const ZOOM_PORTALS: Record<string, string> = { 'zoom-lfx.platform.linuxfoundation.org': 'zoom.us' };

export type TeamsCloud = 'work' | 'personal' | 'gov' | 'dod' | 'china';

const COMMERCIAL = ['https://teams.microsoft.com', 'https://teams.live.com', 'https://teams.cloud.microsoft'];

const TEAMS_ORIGINS: Record<TeamsCloud, readonly string[]> = {
  work: COMMERCIAL,
  personal: COMMERCIAL,
  gov: ['https://gov.teams.microsoft.us'],
  dod: ['https://dod.teams.microsoft.us'],
  china: ['https://teams.microsoftonline.cn'],
};

/** The cloud of a Microsoft Teams host; null for any other host. */
export function teamsCloudOf(host: string): TeamsCloud | null {
  if (host === 'teams.microsoft.com' || host === 'teams.cloud.microsoft') return 'work';
  if (host === 'teams.live.com') return 'personal';
  if (host === 'teams.microsoftonline.cn') return 'china';
  if (host === 'dod.teams.microsoft.us') return 'dod';
  if (host === 'gov.teams.microsoft.com' || isBelow(host, 'teams.microsoft.us')) return 'gov';
  return null;
}

/** The domain of the Zoom edition that a host belongs to; null for any other host. */
export function zoomEditionOf(host: string): string | null {
  if (isBelow(host, ZOOM_ALIAS)) return 'zoom.us';
  return ZOOM_EDITIONS.find((domain) => isBelow(host, domain)) ?? null;
}

/** Whether a host is a portal that a customer of Zoom puts before its meetings. */
export function isZoomPortal(host: string): boolean {
  return Object.hasOwn(ZOOM_PORTALS, host);
}

/**
 * The origins that a bot's browser may navigate to: of the platform's hosts for a link of theirs, and the link's
 * own origin alone for a link of a lab. An entry is an origin, or `https://*.domain` for all hosts below a domain.
 */
export function allowedOriginsOf(platform: MeetingPlatform, joinUrl: string): string[] {
  const { origin, hostname, protocol } = new URL(joinUrl);
  if (protocol !== 'https:') return [origin];
  if (platform === 'microsoft-teams') {
    const cloud = teamsCloudOf(hostname);
    return cloud === null ? [origin] : [...new Set([origin, ...TEAMS_ORIGINS[cloud]])];
  }
  if (platform === 'zoom') {
    const edition = isZoomPortal(hostname) ? ZOOM_PORTALS[hostname] : zoomEditionOf(hostname);
    return edition ? [origin, `https://*.${edition}`] : [origin];
  }
  return [origin];
}

/** The same, for a link that is still being made. */
export function originsOf(platform: MeetingPlatform, { origin, isLab }: Place): string[] {
  return isLab ? [origin] : allowedOriginsOf(platform, origin);
}
