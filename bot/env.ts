// The program's whole configuration. The rest comes with the claim's answer.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { z } from 'zod';

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const envSchema = z.object({
  MEEBOTER_API_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }),
  MEEBOTER_CLAIM_TOKEN: z
    .string({ error: 'is required: the one-time token of this deployment' })
    .min(1, 'is empty'),
  /** Scratch folder; the bot makes a folder of its own in it and removes that. */
  MEEBOTER_WORK_DIR: z.string().min(1).default(tmpdir()),
  /** Names this runtime in the environment of its children. */
  MEEBOTER_RUNTIME_ID: z.string().optional(),
  CHROMIUM_PATH: z
    .string()
    .default(() => CHROMIUM_PATHS.find((path) => existsSync(path)) ?? '')
    .refine((path) => existsSync(path), 'no Chromium found: set it to the browser’s path'),
});

export interface Env {
  apiUrl: string;
  claimToken: string;
  workDir: string;
  chromiumPath: string;
  /** What children inherit: everything but the token, which a browser of untrusted pages has no use for. */
  childEnv: Record<string, string>;
}

/** Parses the environment, or throws one error that lists everything wrong. */
export function parseEnv(source: Record<string, string | undefined>, runtimeId: string): Env {
  // An empty variable is what compose files make of an unset one.
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const result = envSchema.safeParse(set);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The bot’s environment is not complete:\n${lines.join('\n')}`);
  }
  const childEnv: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && name !== 'MEEBOTER_CLAIM_TOKEN') childEnv[name] = value;
  }
  childEnv.MEEBOTER_RUNTIME_ID ??= runtimeId;
  return {
    apiUrl: result.data.MEEBOTER_API_URL,
    claimToken: result.data.MEEBOTER_CLAIM_TOKEN,
    workDir: result.data.MEEBOTER_WORK_DIR,
    chromiumPath: result.data.CHROMIUM_PATH,
    childEnv,
  };
}
