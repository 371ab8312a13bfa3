// Which meeting platforms the deployment platforms in use run bots for.
import { MEETING_PLATFORMS, type MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import type { PoolSettings } from './env/pool.ts';

/** What the database knows of a deployment platform that this depends on. */
export interface KnownService {
  deployment_platform: string;
  /** Null: all, as far as is known. */
  meeting_platforms: readonly string[] | null;
}

/** True when a deployment platform runs bots for this meeting platform, or may: one without a row does. */
export function serves(known: KnownService | undefined, meeting: string): boolean {
  return known?.meeting_platforms?.includes(meeting) ?? true;
}

/** The meeting platforms for which at least one deployment platform of PLATFORM_PRIORITY runs bots. */
export function servedMeetings(
  { PLATFORM_PRIORITY }: Pick<PoolSettings, 'PLATFORM_PRIORITY'>,
  known: readonly KnownService[],
): MeetingPlatform[] {
  return MEETING_PLATFORMS.filter((meeting) =>
    PLATFORM_PRIORITY.some((name) =>
      serves(
        known.find((it) => it.deployment_platform === name),
        meeting,
      ),
    ),
  );
}

/** True when no meeting platform is missing. */
export const servesAll = (served: readonly MeetingPlatform[]): boolean =>
  MEETING_PLATFORMS.every((meeting) => served.includes(meeting));
