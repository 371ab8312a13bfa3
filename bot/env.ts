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
  /** The environment of child processes: all but the tokens, which the browser must not have. */
  childEnv: Record<string, string>;
}

/** Variables that no child process gets: the browser must not have them. */
const SECRETS = ['MEEBOTER_CLAIM_TOKEN', 'MEEBOTER_SLOT_TOKEN'];

const slotSchema = envSchema
  .pick({ MEEBOTER_API_URL: true, MEEBOTER_WORK_DIR: true })
  .extend({ MEEBOTER_SLOT_ID: z.string().min(1), MEEBOTER_SLOT_TOKEN: z.string().min(1) });

/** The environment of a container that belongs to a slot, and asks the API for its bot. */
export interface SlotEnv {
  apiUrl: string;
  slotId: string;
  slotToken: string;
  workDir: string;
}

/** Null when the environment has a claim token, or is not that of a slot's container. */
export function parseSlotEnv(source: Record<string, string | undefined>): SlotEnv | null {
  if (source.MEEBOTER_CLAIM_TOKEN) return null;
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const { success, data } = slotSchema.safeParse(set);
  if (!success) return null;
  return {
    apiUrl: data.MEEBOTER_API_URL,
    slotId: data.MEEBOTER_SLOT_ID,
    slotToken: data.MEEBOTER_SLOT_TOKEN,
    workDir: data.MEEBOTER_WORK_DIR,
  };
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
    if (value !== undefined && !SECRETS.includes(name)) childEnv[name] = value;
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
