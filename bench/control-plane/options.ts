// The options of a bench run.
import { parseArgs } from 'node:util';
import { z } from 'zod';

export const SECTIONS = ['bookings', 'idle', 'same-second', 'slots', 'release', 'live', 'sweep'] as const;
export type SectionName = (typeof SECTIONS)[number];

const optionsSchema = z.object({
  redis: z.boolean().default(false),
  only: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(SECTIONS)))
    .optional(),
  scale: z.coerce.number().gt(0).max(1).default(1),
  json: z.string().min(1).optional(),
  profile: z.string().min(1).optional(),
});

export interface BenchOptions {
  /** True: the queue is on Redis, otherwise on PostgreSQL. */
  redis: boolean;
  only: readonly SectionName[];
  /** Factor for sizes and durations. Below 1 it is for quick trials, whose figures mean little. */
  scale: number;
  /** File for the figures as JSON. */
  json: string | null;
  /** Folder for V8 CPU profiles of the servers. */
  profile: string | null;
}

/** Reads the command line. Throws a readable Error. */
export function readOptions(argv: string[]): BenchOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      redis: { type: 'boolean' },
      only: { type: 'string' },
      scale: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const parsed = optionsSchema.safeParse(values);
  if (!parsed.success) {
    throw new Error(
      parsed.error.issues.map((issue) => `--${String(issue.path[0])}: ${issue.message}`).join('\n'),
    );
  }
  const { only, json, profile, ...rest } = parsed.data;
  return { ...rest, only: only ?? SECTIONS, json: json ?? null, profile: profile ?? null };
}

/** A size multiplied by the scale, but at least `least`. */
export function scaled(options: BenchOptions, size: number, least: number): number {
  return Math.max(least, Math.round(size * options.scale));
}
