// Opens the local platform of this machine, and keeps this machine's role as the one that runs it.
import { holdPlatform } from '@meeboter/prisma/sql/hold-platform.ts';
import { isRunByOtherHost } from '@meeboter/prisma/sql/run-by-other-host.ts';
import type { OpenContext } from '../open.ts';
import type { Platform } from '../platform.ts';
import { local } from './descriptor.ts';
import { hostId, whileHeld } from './host.ts';
import { createLocalPlatform } from './local.ts';

/** How long a successful renewal is trusted; well below the time after which another machine may take over. */
const HELD_FOR_MS = 5_000;

/**
 * Takes the role of the machine that runs the platform. Throws when another machine has it, when the database is away
 * for too long, or when RUNTIME_DIR cannot be written.
 */
export async function openLocal(context: OpenContext): Promise<Platform> {
  const { settings, db, log, onExit, botMain, untilThere } = context;
  if (context.isLookingOnly) return createLocalPlatform({ runtimeDir: settings.RUNTIME_DIR });
  const host = await hostId(settings.RUNTIME_DIR);
  const processes = createLocalPlatform({
    runtimeDir: settings.RUNTIME_DIR,
    chromiumPath: settings.CHROMIUM_PATH,
    onExit,
    onError: (err) => log.error({ err }, 'a stop of a local runtime failed'),
    ...(botMain === undefined ? {} : { mainScript: botMain }),
  });
  let heldUntilMs = 0;
  const hold = async () => {
    if (performance.now() < heldUntilMs) return true;
    const askedAtMs = performance.now();
    if (!(await holdPlatform(db, local.name, host))) return false;
    heldUntilMs = askedAtMs + HELD_FOR_MS;
    return true;
  };
  if (!(await untilThere(hold))) {
    throw new Error(
      'The local platform of this database belongs to a deployer on another machine, or with another RUNTIME_DIR. Stop that one first; its place is free a minute later.',
    );
  }
  // Also while no bot runs.
  const timer = setInterval(() => void hold().catch(() => false), HELD_FOR_MS * 2);
  return {
    ...whileHeld(processes, hold, (id) => isRunByOtherHost(db, id, host)),
    host,
    close: () => clearInterval(timer),
  };
}
