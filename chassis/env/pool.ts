// Which deployment platforms are in use, and how many bots each may run.
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ms, words } from './fields.ts';

export const DEPLOYMENT_PLATFORMS = ['coolify', 'aws', 'k8s', 'local'] as const;
export type DeploymentPlatform = (typeof DEPLOYMENT_PLATFORMS)[number];

const limit = z.coerce.number().int().min(0).max(100_000);

export const poolShape = {
  PLATFORM_PRIORITY: z
    .string()
    .transform(words)
    .pipe(z.array(z.enum(DEPLOYMENT_PLATFORMS)).min(1))
    .default(['local'])
    .describe('Deployment platforms to try, in order, separated by commas.'),
  COOLIFY_BOT_LIMIT: limit.default(20).describe('Bots that may run at once on Coolify.'),
  AWS_BOT_LIMIT: limit.default(50).describe('Bots that may run at once on AWS ECS.'),
  K8S_BOT_LIMIT: limit.default(50).describe('Bots that may run at once on Kubernetes.'),
  LOCAL_BOT_LIMIT: limit
    .optional()
    .describe(
      "Bots that may run at once on the deployer's own machine. Unset: one for each CPU core that the scheduler may use (a container's limit counts). Lowering a limit ends no bot.",
    ),
  LAUNCH_TIMEOUT_MS: ms(5_000, 900_000)
    .optional()
    .describe(
      'How long a started bot may take to call back. Unset: twice what its platform is assumed to need, a minute for local, three for aws.',
    ),
};
export type PoolSettings = z.infer<z.ZodObject<typeof poolShape>>;

/**
 * How many bots may run at once on a deployment platform. A bot that records needs 0.6 to 0.9 of a core
 * (`npm run bench:recording`), and one that gets less records badly: hence one for each core by default.
 */
export function botLimit(settings: PoolSettings, platform: DeploymentPlatform): number {
  const limits: Record<DeploymentPlatform, number> = {
    coolify: settings.COOLIFY_BOT_LIMIT,
    aws: settings.AWS_BOT_LIMIT,
    k8s: settings.K8S_BOT_LIMIT,
    local: settings.LOCAL_BOT_LIMIT ?? availableParallelism(),
  };
  return limits[platform];
}
