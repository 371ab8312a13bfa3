// The environment variables that the program reads. The rest of its configuration is in the claim's answer.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { z } from 'zod';

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const envSchema = z.object({
  MEEBOTER_API_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }),
  MEEBOTER_CLAIM_TOKEN: z
    .string({ error: 'is required: the one-time token of this deployment' })
    .min(1, 'is empty'),
  /** Scratch folder. The bot creates a folder of its own in it, and removes that at the end. */
  MEEBOTER_WORK_DIR: z.string().min(1).default(tmpdir()),
  /** Marks the processes of this runtime: its children inherit it. */
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
  /** The environment of child processes: all but the claim token, which the browser must not have. */
  childEnv: Record<string, string>;
}

/** Parses the environment. Throws one error that lists all problems. */
export function parseEnv(source: Record<string, string | undefined>, runtimeId: string): Env {
  // Compose files pass an unset variable as an empty one.
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const result = envSchema.safeParse(set);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The bot's environment variables are wrong:\n${lines.join('\n')}`);
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
