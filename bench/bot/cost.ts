// What a stay costs: CPU-seconds per second of meeting and memory, of a whole bot and of the meeting page alone.
import { setTimeout as delay } from 'node:timers/promises';
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { usageOf } from '../process-tree.ts';
import { openPageAlone } from './page-alone.ts';
import type { BotWorld } from './world.ts';

/** Not measured: the page finishes loading, people's pictures get sharp, the encoder fills its buffers. */
const WARM_UP_MS = 6_000;
/** Adding up the memory of all processes takes the kernel some time: no more often than this. */
const SAMPLE_MS = 3_000;

export interface Cost {
  cpuPerSecond: number;
  peakPssMib: number;
}

export interface CostOptions {
  platform: MeetingPlatform;
  people: number;
  seconds: number;
}

/** Zoom: the gallery, so that all people are seen, as on the others. */
const meetingOf = ({ platform, people }: CostOptions) => ({
  ...{ platform, participants: people, admit_after_ms: 300 },
  variant: platform === 'zoom' ? 1 : 0,
});

/** The page in the bot's browser, with display and sound server, but no recorder and nobody who watches it. */
export async function costOfPage(world: BotWorld, options: CostOptions): Promise<Cost> {
  const { url } = world.lab.createMeeting(meetingOf(options));
  const page = await openPageAlone(url, world.lab.origin, `${world.dir}/pages`, world.settings.CHROMIUM_PATH);
  try {
    return await measure(page.workDir, true, options.seconds);
  } finally {
    await page.close();
  }
}

/** A booked bot that records. */
export async function costOfBot(world: BotWorld, options: CostOptions): Promise<Cost> {
  const { id } = await world.book(world.lab.createMeeting(meetingOf(options)).url);
  await world.until(id, 'IN_CALL');
  const cost = await measure(world.settings.RUNTIME_DIR, false, options.seconds);
  await world.leave(id);
  return cost;
}

async function measure(workDir: string, helpersOnly: boolean, seconds: number): Promise<Cost> {
  await delay(WARM_UP_MS);
  const before = await usageOf(workDir, helpersOnly);
  const startedAtMs = performance.now();
  let after = before;
  let peakPssBytes = before.pssBytes;
  while (performance.now() - startedAtMs < seconds * 1_000) {
    await delay(Math.min(SAMPLE_MS, seconds * 1_000));
    after = await usageOf(workDir, helpersOnly);
    peakPssBytes = Math.max(peakPssBytes, after.pssBytes);
  }
  const measuredSeconds = (performance.now() - startedAtMs) / 1_000;
  return {
    cpuPerSecond: (after.cpuSeconds - before.cpuSeconds) / measuredSeconds,
    peakPssMib: peakPssBytes / 2 ** 20,
  };
}
