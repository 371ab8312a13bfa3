// Opens the deployment platforms of a deployer. The code of a platform, and the client of its API, is loaded only when
// it is used.
import type { PoolSettings } from '@meeboter/chassis/env/pool.ts';
import type { PlatformSettings } from '@meeboter/chassis/env.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import type { Database } from '@meeboter/prisma/client.ts';
import type { Platform } from './platform.ts';
import type { DeploymentPlatform } from './registry.ts';

/** What a platform may use when it is opened. */
export interface OpenContext {
  settings: PlatformSettings & PoolSettings;
  db: Database;
  log: Log;
  /** Where runtimes call back. */
  apiUrl: string;
  /** Call it when a runtime is known to have ended, to have that looked at now. */
  onExit(deploymentId: string): void;
  /**
   * Pool platforms: stores the platform's own id of the application that belongs to a slot, as a hint for later. Not
   * given by a program that only looks: nothing is created ahead of need then.
   */
  rememberApplication?(slotId: string, application: string): Promise<void>;
  /** Waits for a database that is away; see `untilDatabaseThere`. */
  untilThere<T>(work: () => Promise<T>): Promise<T>;
  /** For `npm run doctor`: the platform is only looked at, and takes nothing for itself. */
  isLookingOnly?: boolean;
  /** The program that runtimes run where the platform starts processes; the bot unless a test says otherwise. */
  botMain?: string | undefined;
}

type Open = (context: OpenContext) => Promise<Platform>;

/** Throws when the platform cannot be used; the message says why, and names all variables that are missing or wrong. */
const OPEN: Partial<Record<DeploymentPlatform, Open>> = {
  aws: async (context) => (await import('./aws/open.ts')).openAws(context),
  k8s: async (context) => (await import('./k8s/open.ts')).openK8s(context),
  coolify: async (context) => (await import('./coolify/open.ts')).openCoolify(context),
  local: async (context) => (await import('./local/open.ts')).openLocal(context),
};

export function openPlatform(name: DeploymentPlatform, context: OpenContext): Promise<Platform> {
  const open = OPEN[name];
  if (!open) throw new Error(`PLATFORM_PRIORITY: this version cannot deploy to ${name} yet`);
  return open(context);
}
