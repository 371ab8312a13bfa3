// How long a bot takes from its claim to its knock: the browser starts, the page opens, dialogs are answered, devices
// are turned off, the name is typed.
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import type { BotWorld } from './world.ts';

/** Sends one bot whose join time has come. Returns the time from the claim to the knock, ms. */
export async function claimToKnockMs(world: BotWorld, platform: MeetingPlatform): Promise<number> {
  const { url } = world.lab.createMeeting({ platform, participants: 1, turns: 'none', admit_after_ms: 100 });
  const { id } = await world.book(url);
  await world.until(id, 'IN_CALL');
  const { phases } = await world.leave(id);
  return Date.parse(phases.knocked ?? '') - Date.parse(phases.claimed ?? '');
}
