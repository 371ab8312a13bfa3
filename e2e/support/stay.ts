// Sends a bot to a lab meeting, and reads what the lab saw of it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BotView } from '@meeboter/api/bots/schemas.ts';
import type { GuestStay } from '../../lab/meetings/presence.ts';
import type { ScenarioInput } from '../../lab/meetings/scenario.ts';
import type { Lab } from '../../lab/server.ts';
import { eventually } from './eventually.ts';
import type { World } from './world.ts';

export interface Sent {
  bot: BotView;
  code: string;
}

/** Creates a meeting and books a bot for it. */
export async function send(
  world: World,
  lab: Lab,
  scenario: ScenarioInput,
  booking: Record<string, unknown> = {},
): Promise<Sent> {
  const { code, url } = lab.createMeeting(scenario);
  return { code, bot: await world.book({ meeting_url: url, ...booking }) };
}

/** The only guest the lab saw in a meeting. Throws when there was none, or a second one. */
export function onlyGuest(lab: Lab, code: string): GuestStay {
  const { guests } = lab.presence(code);
  const [guest, ...others] = guests;
  if (!guest || others.length > 0)
    throw new Error(`the lab saw ${guests.length} guests: ${JSON.stringify(guests)}`);
  return guest;
}

/** How long the guest was in the call, by the lab's clock, in ms. */
export function stayMs(guest: GuestStay): number {
  if (!guest.admitted_at || !guest.left_at)
    throw new Error(`the guest was not admitted or has not left: ${JSON.stringify(guest)}`);
  return Date.parse(guest.left_at) - Date.parse(guest.admitted_at);
}

export interface RecordingView {
  status: string;
  interrupted: boolean;
  duration_seconds: number;
  bytes: number;
  download_url: string;
}

/** Waits for the bot's only recording to be ready, and downloads it. Returns the file's path. */
export async function download(
  world: World,
  botId: string,
): Promise<{ recording: RecordingView; path: string }> {
  const recording = await eventually('the recording is ready', async () => {
    const { body } = await world.call<{ data: RecordingView[] }>('GET', `/v1/bots/${botId}/recordings`);
    return body.data.length === 1 && body.data[0]?.status === 'ready' && body.data[0];
  });
  const response = await fetch(recording.download_url);
  if (!response.ok) throw new Error(`download: ${response.status} ${await response.text()}`);
  const path = join(world.dir, `${botId}.mp4`);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  return { recording, path };
}

/** Downloads all evidence of a bot. Throws when a file cannot be downloaded. */
export async function evidence(world: World, botId: string): Promise<{ purpose: string; content: Buffer }[]> {
  const { body } = await world.call<{ data: { purpose: string; download_url: string }[] }>(
    'GET',
    `/v1/bots/${botId}/screenshots`,
  );
  return Promise.all(
    body.data.map(async ({ purpose, download_url }) => {
      const response = await fetch(download_url);
      if (!response.ok) throw new Error(`evidence: ${response.status}`);
      return { purpose, content: Buffer.from(await response.arrayBuffer()) };
    }),
  );
}
