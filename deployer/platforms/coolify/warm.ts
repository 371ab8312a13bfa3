// Prepares for the first bots of the day: creates the applications of slots, and has the server pull the image.
import type { Log } from '@meeboter/chassis/log.ts';
import type { SpecSlot } from '../platform.ts';
import { type CoolifyApi, isActive } from './api.ts';
import type { Applications } from './applications.ts';
import type { Clock } from './clock.ts';
import { imageFields, makeApplication } from './make-application.ts';
import { pullerName } from './names.ts';
import type { CoolifyOptions } from './options.ts';
import type { Features } from './version.ts';

const PULL_AT_MOST_MS = 20 * 60_000;
const LOOK_EVERY_MS = 5_000;

export interface WarmContext {
  api: CoolifyApi;
  applications: Applications;
  options: CoolifyOptions;
  features(signal: AbortSignal): Promise<Features>;
  clock: Clock;
  log: Log;
  lookEveryMs?: number;
}

/**
 * Creates the applications of these slots where they are missing. Then deploys another application with the same image,
 * whose container has no slot and runs no bot, and stops it: Coolify pulls an image only by deploying. The slots'
 * own applications are not used for that, since a bot may need one at any moment. Throws PlatformFault.
 */
export async function warmUp(
  context: WarmContext,
  slots: readonly SpecSlot[],
  signal: AbortSignal,
): Promise<void> {
  const [first] = slots;
  if (!first) return;
  const { api, applications, log, clock } = context;
  for (const slot of slots) await applications.find(slot, signal);
  const uuid = await findPuller(context, pullerName(first.id), signal);
  await api.deploy(uuid, signal);
  const endMs = clock.nowMs() + PULL_AT_MOST_MS;
  let isPulling = true;
  while (isPulling && clock.nowMs() < endMs) {
    await clock.sleep(context.lookEveryMs ?? LOOK_EVERY_MS, signal);
    isPulling = (await api.deploymentsOf(uuid, signal)).some(isActive);
  }
  await api.stop(uuid, signal);
  log.info({ slots: slots.length, pulled: !isPulling }, 'slots are warm');
}

async function findPuller(
  { api, options, features }: WarmContext,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const found = (await api.resources(options.serverUuid, signal)).find((it) => it.name === name);
  if (found) await api.changeApplication(found.uuid, imageFields(options.image), signal);
  const uuid = found?.uuid ?? (await makeApplication(api, options, await features(signal), name, signal));
  // With these its program finds no API, and waits for the stop without ever having a bot.
  const variables = {
    MEEBOTER_API_URL: 'http://127.0.0.1',
    MEEBOTER_SLOT_ID: 'none',
    MEEBOTER_SLOT_TOKEN: 'none',
  };
  await api.setEnvironment(uuid, variables, signal);
  return uuid;
}
