// Opens Coolify for a deployer.
import { setTimeout as delay } from 'node:timers/promises';
import { botLimit } from '@meeboter/chassis/env/pool.ts';
import { ensureSlots } from '@meeboter/prisma/sql/ensure-slots.ts';
import type { OpenContext } from '../open.ts';
import { type Platform, PlatformFault } from '../platform.ts';
import { type Book, databaseBook } from './book.ts';
import { type CoolifyPlatform, createCoolifyPlatform } from './coolify.ts';
import { coolify } from './descriptor.ts';
import { type CoolifyOptions, readOptions } from './options.ts';

const FIRST_CHECK_MS = 30_000;
const WARM_AGAIN_MS = 60_000;

/**
 * Throws when variables are missing or contradictory, or when Coolify refuses what we need of it. When Coolify is
 * away, it is checked again by the first start.
 */
export async function openCoolify(context: OpenContext): Promise<Platform> {
  const { settings, log } = context;
  const limit = botLimit(settings, coolify.name);
  const options = readOptions(settings, limit);
  const { rememberApplication } = context;
  const book = databaseBook(context.db, rememberApplication ?? (async () => undefined));
  const platform = createCoolifyPlatform({ options, book, log });
  try {
    await platform.ready(AbortSignal.timeout(FIRST_CHECK_MS));
  } catch (error) {
    if (error instanceof PlatformFault && error.kind === 'config') {
      throw new Error(`Coolify cannot be used: ${error.message}`, { cause: error });
    }
    log.warn({ err: error }, 'Coolify does not answer; its bots wait until it does');
  }
  const closed = new AbortController();
  const warms = options.warmSlots > 0 && rememberApplication !== undefined;
  if (warms) void keepWarming(context, platform, book, { ...options, limit }, closed.signal);
  return {
    ...platform,
    close() {
      closed.abort();
      platform.close();
    },
  };
}

/** Warms the slots, and tries again in the background until it has worked once. */
async function keepWarming(
  { db, log }: OpenContext,
  platform: CoolifyPlatform,
  book: Book,
  { warmSlots, limit }: CoolifyOptions & { limit: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const missing = warmSlots - (await book.slots()).length;
      await ensureSlots(db, { platform: coolify.name, limit, wanted: missing });
      const slots = (await book.slots()).slice(0, warmSlots).map(({ slot }) => slot);
      return await platform.warm(slots, signal);
    } catch (err) {
      if (signal.aborted) return;
      log.warn({ err }, 'slots of Coolify could not be warmed; trying again');
      await delay(WARM_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
