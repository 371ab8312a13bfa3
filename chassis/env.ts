// The environment of the server processes: one schema, checked at start, with
// every problem in one message. `.env.example` is generated from it.
import { LEASE_BEFORE_ADMISSION_MS, LEASE_IN_CALL_MS } from '@meeboter/domain/bot-protocol.ts';
import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);
const ms = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const limit = z.coerce.number().int().min(0).max(100_000);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });

export const DEPLOYMENT_PLATFORMS = ['coolify', 'aws', 'k8s', 'local'] as const;
export type DeploymentPlatform = (typeof DEPLOYMENT_PLATFORMS)[number];

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
const platformList = z
  .string()
  .transform(words)
  .pipe(z.array(z.enum(DEPLOYMENT_PLATFORMS)).min(1));

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'must be IP addresses or networks, like 10.0.0.0/8,fd00::1',
});
const networks = z.string().transform(words).pipe(z.array(network));

export const settingsSchema = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must look like postgresql://user:password@host:5432/name' })
    .describe(
      'PostgreSQL 14 or newer. Holds everything that must not be lost. With `npm start` an embedded one, unless set.',
    ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must look like redis://host:6379' })
    .optional()
    .describe('Redis 7 for the job queue. Unset: the queue lives in PostgreSQL, in schema bullmq.'),

  S3_ENDPOINT: httpUrl
    .optional()
    .describe('S3-compatible object store. Unset: AWS itself; with `npm start`, an embedded one.'),
  S3_PUBLIC_ENDPOINT: httpUrl
    .optional()
    .describe('The same store as users reach it, for download links. Default: S3_ENDPOINT.'),
  S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
  S3_BUCKET: z
    .string()
    .min(3)
    .max(63)
    .default('meeboter')
    .describe('Bucket for recordings and evidence. Made at start where that is allowed.'),
  S3_ACCESS_KEY_ID: z.string().min(1).describe('Credentials of the object store; bots never see them.'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).describe('See S3_ACCESS_KEY_ID.'),
  S3_FORCE_PATH_STYLE: z
    .stringbool()
    .default(true)
    .describe('bucket in the path instead of the host name; MinIO and Ceph need it.'),
  SIGNED_URL_TTL_SECONDS: z.coerce
    .number()
    .int()
    .min(10)
    .max(86_400)
    .default(900)
    .describe('How long a download link works.'),

  MEEBOTER_SECRET: z
    .string()
    .min(32)
    .describe('Signs sessions and the tokens of bots. At least 32 characters; changing it ends both.'),

  API_HOST: z.string().min(1).default('127.0.0.1').describe('Address the API listens on.'),
  API_PORT: port.default(3000).describe('Port the API listens on.'),
  API_PUBLIC_URL: httpUrl
    .optional()
    .describe('The API as users reach it. Default: http://API_HOST:API_PORT.'),
  API_INTERNAL_URL: httpUrl.optional().describe('The API as bots reach it. Default: API_PUBLIC_URL.'),
  HEALTH_PORT: port
    .optional()
    .describe(
      'Port for /livez, /readyz and /metrics of scheduler and deployer, which serve nothing else. For your network alone. Unset: none.',
    ),
  TRUSTED_PROXIES: networks
    .default([])
    .describe(
      'Addresses or networks of proxies before the API, separated by commas: their X-Forwarded-For says who tries to sign in. Unset: whoever connects.',
    ),
  SIGN_UP: z
    .enum(['open', 'closed'])
    .default('closed')
    .describe('Whether strangers may make an account on this API.'),

  PLATFORM_PRIORITY: platformList
    .default(['local'])
    .describe('Deployment platforms to try, in order, separated by commas.'),
  COOLIFY_BOT_LIMIT: limit.default(20).describe('Bots that may run at once on Coolify.'),
  AWS_BOT_LIMIT: limit.default(50).describe('Bots that may run at once on AWS ECS.'),
  K8S_BOT_LIMIT: limit.default(50).describe('Bots that may run at once on Kubernetes.'),
  LOCAL_BOT_LIMIT: limit
    .default(4)
    .describe("Bots that may run at once on the deployer's own machine. Lowering a limit ends no bot."),
  GLOBAL_QUEUE_TIMEOUT_MS: ms(1_000, 86_400_000)
    .default(600_000)
    .describe('How long a bot may wait for a slot unless its booking says otherwise.'),
  LAUNCH_TIMEOUT_MS: ms(5_000, 900_000)
    .optional()
    .describe(
      'How long a started bot may take to call back. Unset: twice what its platform is assumed to need, a minute for local, three for aws.',
    ),
  LEASE_BEFORE_ADMISSION_MS: ms(1_000, 600_000)
    .default(LEASE_BEFORE_ADMISSION_MS)
    .describe('How long a bot that is not in the call yet may be mute before another is sent.'),
  LEASE_IN_CALL_MS: ms(1_000, 7_200_000)
    .default(LEASE_IN_CALL_MS)
    .describe('How long a bot in the call stays there while the API is away.'),
  RUNTIME_DIR: z
    .string()
    .min(1)
    .default('.meeboter/runtimes')
    .describe('Scratch folder of bots on this machine.'),

  CHROMIUM_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('Browser of bots on this machine. Unset: Chromium or Chrome where Debian puts them.'),
  RECORDING_PRESET: z
    .enum(['veryfast', 'ultrafast'])
    .default('veryfast')
    .describe('veryfast: 5 MB a minute. ultrafast: a quarter less CPU, 12.5 MB a minute.'),
  LAB_ORIGIN: httpUrl
    .optional()
    .describe('Origin of a lab meeting server whose links may be booked, for trying out and tests.'),

  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged.'),
  STOP_GRACE_MS: ms(0, 600_000)
    .default(10_000)
    .describe('How long a stopping process may finish what it has begun.'),
  START_PATIENCE_MS: ms(0, 3_600_000)
    .default(60_000)
    .describe('How long a starting process waits for a PostgreSQL or Redis that is away, before it ends.'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** What `npm start` reads besides. */
export const startSettingsSchema = z.object({
  MEEBOTER_HOME: z.string().min(1).default('.meeboter').describe('Where `npm start` keeps its data.'),
  LAB_PORT: port.default(3001).describe('Port of the lab, where `npm start` holds meetings to try.'),
  MEEBOTER_DEMO: z
    .stringbool()
    .default(true)
    .describe('Whether `npm start` sends a demo bot into a lab meeting.'),
});

export type StartSettings = z.infer<typeof startSettingsSchema>;

/** The environment of this process. The only place that reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** The environment is wrong; the message lists everything that is. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** Parses the environment. Empty strings count as unset. Throws SettingsError with every problem at once. */
export function readSettings(env = environment()): Settings {
  return read(settingsSchema, env);
}

/** The database alone, for tools that need nothing else. */
export function readDatabaseUrl(env = environment()): string {
  return read(settingsSchema.pick({ DATABASE_URL: true }), env).DATABASE_URL;
}

/** The same for what `npm start` reads besides. */
export function readStartSettings(env = environment()): StartSettings {
  return read(startSettingsSchema, env);
}

function read<S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const field = (schema.shape as Record<string, z.ZodType | undefined>)[name];
      return name in given
        ? `${name}: ${issue.message}`
        : `${name} is missing: ${field?.description ?? 'it is required'}`;
    }),
  );
}

/** The text of `.env.example`. */
export function envExample(): string {
  const lines = [
    '# Settings of Meeboter. Generated from chassis/env.ts by `node scripts/env-example.ts`.',
    '',
  ];
  for (const [name, field] of Object.entries({ ...settingsSchema.shape, ...startSettingsSchema.shape })) {
    const standard = field.safeParse(undefined);
    const value = standard.success ? standard.data : undefined;
    lines.push(`# ${field.description ?? ''}`);
    lines.push(standard.success ? `#${name}=${value === undefined ? '' : String(value)}` : `${name}=`, '');
  }
  return lines.join('\n');
}

/** How many bots may run at once on a deployment platform. */
export function botLimit(settings: Settings, platform: DeploymentPlatform): number {
  const limits: Record<DeploymentPlatform, number> = {
    coolify: settings.COOLIFY_BOT_LIMIT,
    aws: settings.AWS_BOT_LIMIT,
    k8s: settings.K8S_BOT_LIMIT,
    local: settings.LOCAL_BOT_LIMIT,
  };
  return limits[platform];
}

/** The API's address for users. */
export function publicUrl(settings: Settings): string {
  // All addresses of a machine is none to call.
  const host = ['0.0.0.0', '::'].includes(settings.API_HOST) ? '127.0.0.1' : settings.API_HOST;
  return settings.API_PUBLIC_URL ?? `http://${host}:${settings.API_PORT}`;
}

/** The API's address for bots. */
export function internalUrl(settings: Settings): string {
  return settings.API_INTERNAL_URL ?? publicUrl(settings);
}
