import type { Db } from '../client.ts';

/**
 * Stores which meeting platforms a deployment platform runs bots for; null: all. A deployer calls it when it has opened
 * the platform, since it alone has its settings. The dispatcher gives other bots no slot there. Served by the primary key.
 */
export async function noteServedMeetings(
  db: Db,
  platform: string,
  meetingPlatforms: readonly string[] | null,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, meeting_platforms)
    VALUES (${platform}, ${meetingPlatforms && [...meetingPlatforms]}::text[])
    ON CONFLICT (deployment_platform) DO UPDATE SET meeting_platforms = excluded.meeting_platforms
      WHERE p.meeting_platforms IS DISTINCT FROM excluded.meeting_platforms`;
}
