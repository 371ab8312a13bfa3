// The lab on its own: `node lab/main.ts`, then open the printed address.
import { z } from 'zod';
import { startLab } from './server.ts';

const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8090),
  HOST: z.string().default('127.0.0.1'),
  /** Names under which it is reached besides its addresses and localhost, separated by commas. */
  HOSTS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  /** The browser that plays the simulated people. */
  CHROMIUM_PATH: z.string().optional(),
});

const env = envSchema.safeParse(process.env);
if (!env.success) {
  console.error(z.prettifyError(env.error));
  process.exit(2);
}

try {
  const { PORT, HOST, HOSTS, CHROMIUM_PATH } = env.data;
  const lab = await startLab({ port: PORT, host: HOST, names: HOSTS, chromiumPath: CHROMIUM_PATH });
  console.log(`lab: open ${lab.origin} to make a meeting`);
  // Nobody reads the output any more: that is no reason to end.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      lab.close().then(
        () => process.exit(0),
        (cause: unknown) => {
          console.error('lab: could not close cleanly', cause);
          process.exit(1);
        },
      );
    });
  }
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exit(1);
}
