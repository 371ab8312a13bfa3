import type { Chassis } from '@meeboter/chassis/context.ts';
import type { DeployerSettings } from '@meeboter/chassis/env.ts';
import type { Database } from '@meeboter/prisma/client.ts';
import type { Platform } from './platforms/platform.ts';

export interface DeployerContext extends Pick<Chassis<DeployerSettings>, 'settings' | 'log' | 'jobs'> {
  db: Database;
  /** The identity of this machine, by platform whose runtimes are processes of one machine. */
  hosts: Readonly<Record<string, string>>;
  /** Throws for a platform that this deployer does not serve. */
  platformOf(name: string): Platform;
}
