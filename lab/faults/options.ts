// The options of a fault run.
import { parseArgs } from 'node:util';
import { z } from 'zod';

const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

export const faultOptionsSchema = z.object({
  bots: count(1, 5_000).default(200),
  /** How long faults are injected. */
  seconds: count(0, 3_600).default(120),
  seed: count(0, 2 ** 31).default(1),
  redis: z.boolean().default(false),
  /** Negative control: schedulers without their sweep. */
  'no-sweeps': z.boolean().default(false),
  /** Negative control: runtimes ignore fencing and their lease, and the platform confirms stops that have not happened. */
  'no-fencing': z.boolean().default(false),
  /**
   * Instead of faults: bots are in the call while API, database and queue are down for `seconds`. That stands for
   * ten minutes: leases and report intervals are shortened by the same factor. At 600 they are the product's.
   */
  outage: z.boolean().default(false),
  /** With `outage`: extra entries that each bot has buffered when the control plane is back, as in a lively meeting. */
  buffered: count(0, 20_000).default(0),
  /** How long everything may take to settle afterwards. */
  'settle-seconds': count(1, 600).default(90),
  /** Keeps the logs of all processes, and prints their folder. */
  keep: z.boolean().default(false),
});

export type FaultOptions = z.infer<typeof faultOptionsSchema>;

/** Reads the command line. Throws a readable Error. */
export function readOptions(argv: string[]): FaultOptions {
  const flags = Object.fromEntries(
    Object.entries(faultOptionsSchema.shape).map(([name, field]) => [
      name,
      { type: field.unwrap() instanceof z.ZodBoolean ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values } = parseArgs({ args: argv, options: flags });
  const parsed = faultOptionsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'),
  );
}
