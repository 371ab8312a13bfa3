// Which deployment platforms are in use, and how many bots each may run.
import {
  type DeploymentPlatform,
  descriptorOf,
  limitShape,
  PLATFORM_NAMES,
  PLATFORMS,
} from '@meeboter/deployer/platforms/registry.ts';
import { z } from 'zod';
import { ms, words } from './fields.ts';

export type { DeploymentPlatform };
export { PLATFORM_NAMES };

export interface LaunchRate {
  burst: number;
  perSecond: number;
}

export const poolShape = {
  PLATFORM_PRIORITY: z
    .string()
    .transform(words)
    .pipe(
      z
        .array(z.enum(PLATFORM_NAMES, { error: `must name some of ${PLATFORM_NAMES.join(', ')}` }))
        .min(1)
        .refine((names) => new Set(names).size === names.length, 'names a platform twice'),
    )
    .default(PLATFORMS.flatMap(({ name, ...it }) => ('isDefault' in it ? [name] : [])))
    .describe('Deployment platforms to try, in order, separated by commas.'),
  ...limitShape,
  LAUNCH_RATES: z
    .string()
    .transform((text, context) => parseRates(words(text), context))
    .optional()
    .describe(
      'How fast bots may be launched, by platform, such as aws=100/20: 100 at once, and 20 more a second. Unset: what the API of the platform allows by default.',
    ),
  LAUNCH_TIMEOUT_MS: ms(5_000, 900_000)
    .optional()
    .describe(
      'How long a started bot may take to call back. Unset: twice what its platform is assumed to need, a minute for local, three for aws.',
    ),
};
export type PoolSettings = z.infer<z.ZodObject<typeof poolShape>>;

/** Reads `platform=burst/per second`. */
function parseRates(rates: readonly string[], context: z.RefinementCtx): ReadonlyMap<string, LaunchRate> {
  const parsed = new Map<string, LaunchRate>();
  for (const rate of rates) {
    const [, name = '', burst, perSecond] = /^(\w+)=(\d+)\/(\d+(?:\.\d+)?)$/.exec(rate) ?? [];
    const isRate = PLATFORM_NAMES.some((it) => it === name) && Number(burst) >= 1 && Number(perSecond) > 0;
    if (!isRate) context.addIssue(`${rate} is not a rate; one looks like aws=100/20`);
    // Slots are given out about once a second.
    parsed.set(name, {
      burst: Math.max(Number(burst), Math.ceil(Number(perSecond))),
      perSecond: Number(perSecond),
    });
  }
  return parsed;
}

/** How fast bots may be launched on a deployment platform. */
export function launchRate(settings: PoolSettings, platform: DeploymentPlatform): LaunchRate {
  return settings.LAUNCH_RATES?.get(platform) ?? descriptorOf(platform).launches;
}

/**
 * How many bots may run at once on a deployment platform. `known`: its row, if it has one. The limit that a scheduler
 * has stored there holds for all programs; this one's settings count only until then.
 */
export function botLimit(
  settings: PoolSettings,
  platform: DeploymentPlatform,
  known?: { bot_limit: number | null },
): number {
  if (known && known.bot_limit !== null) return known.bot_limit;
  const registered = PLATFORMS.find(({ name }) => name === platform);
  const set = registered && settings[registered.limit.variable];
  return set ?? descriptorOf(platform).limit.standard();
}
