// All deployment platforms, in the order in which documents name them. A new one is a folder, and a line here and in
// open.ts.
import type { z } from 'zod';
import { aws } from './aws/descriptor.ts';
import { coolify } from './coolify/descriptor.ts';
import type { PlatformDescriptor } from './descriptor.ts';
import { k8s } from './k8s/descriptor.ts';
import { local } from './local/descriptor.ts';

export const PLATFORMS = [coolify, aws, k8s, local] as const satisfies readonly PlatformDescriptor[];

type Registered = (typeof PLATFORMS)[number];
export type DeploymentPlatform = Registered['name'];
export type LimitVariable = Registered['limit']['variable'];
type Intersection<U> = (U extends unknown ? (it: U) => void : never) extends (it: infer I) => void
  ? I
  : never;

export const PLATFORM_NAMES = PLATFORMS.map(({ name }) => name);

/** The variables of all platforms' limits. */
export const limitShape = Object.fromEntries(
  PLATFORMS.map(({ limit }) => [limit.variable, limit.field]),
) as Readonly<Record<string, z.ZodType>> as { [V in LimitVariable]: z.ZodType<number | undefined> };

/** The variables that the code of the platforms needs. */
export const platformShape = Object.assign({}, ...PLATFORMS.map(({ shape }) => shape)) as Intersection<
  Registered['shape']
>;

export function descriptorOf(name: DeploymentPlatform): PlatformDescriptor {
  const descriptor = PLATFORMS.find((it) => it.name === name);
  if (!descriptor) throw new Error(`no deployment platform is called ${name}`);
  return descriptor;
}
