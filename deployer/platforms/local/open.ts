// Opens the local platform of this machine, and keeps this machine's role as the one that runs it.
import type { LocalSettings } from '@meeboter/chassis/env/local.ts';
import type { Database } from '@meeboter/prisma/client.ts';
import { holdLocalPlatform } from '@meeboter/prisma/sql/local-host.ts';
import { isRunByOtherHost } from '@meeboter/prisma/sql/run-by-other-host.ts';
import type { Platform } from '../platform.ts';
import { hostId, whileHeld } from './host.ts';
import { createLocalPlatform } from './local.ts';

/** How long a successful renewal is trusted; well below the time after which another machine may take over. */
const HELD_FOR_MS = 5_000;

export interface LocalPlatform {
  /** Answers `unknown` while another machine has the role. */
  platform: Platform;
  /** The identity of this machine's local platform. */
  host: string;
  /** Takes or renews the role of the machine that runs the local platform. False: another machine has it. */
  hold(): Promise<boolean>;
  /** Renews the role every few seconds, also while no bot runs. The returned function ends that. */
  keepHolding(): () => void;
  /** Tells all runtimes of this machine to leave; kills those that have not ended after `graceMs`, or when `hurry` aborts. */
  stopAll(graceMs: number, hurry?: AbortSignal): Promise<void>;
}

export interface LocalPlatformContext {
  settings: LocalSettings;
  db: Database;
  /** Called when the process of a runtime that was started here has ended. */
  onExit(deploymentId: string): void;
  /** The program that runtimes run; the bot unless a test says otherwise. */
  botMain?: string | undefined;
}

/** Opens the local platform. Throws when RUNTIME_DIR cannot be written. */
export async function openLocalPlatform(context: LocalPlatformContext): Promise<LocalPlatform> {
  const { settings, db, onExit, botMain } = context;
  const host = await hostId(settings.RUNTIME_DIR);
  const processes = createLocalPlatform({
    runtimeDir: settings.RUNTIME_DIR,
    chromiumPath: settings.CHROMIUM_PATH,
    onExit,
    ...(botMain === undefined ? {} : { mainScript: botMain }),
  });
  let heldUntilMs = 0;
  const hold = async () => {
    if (performance.now() < heldUntilMs) return true;
    const askedAtMs = performance.now();
    if (!(await holdLocalPlatform(db, host))) return false;
    heldUntilMs = askedAtMs + HELD_FOR_MS;
    return true;
  };
  return {
    platform: whileHeld(processes, hold, (id) => isRunByOtherHost(db, id, host)),
    host,
    hold,
    keepHolding() {
      const timer = setInterval(() => void hold().catch(() => false), HELD_FOR_MS * 2);
      return () => clearInterval(timer);
    },
    async stopAll(graceMs, hurry) {
      const never = new AbortController().signal;
      const leave = (id: string) => processes.stop(id, { patienceMs: 0, graceMs, signal: hurry ?? never });
      const kill = (id: string) => processes.stop(id, { patienceMs: 0, graceMs: 0, signal: never });
      const running = await processes.list();
      await Promise.all(running.map(async (id) => (await leave(id)) === 'gone' || kill(id)));
    },
  };
}
