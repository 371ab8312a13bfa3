// What every program reads: how it logs, starts and stops.
import { z } from 'zod';
import { ms, port } from './fields.ts';

export const processShape = {
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lowest level that is logged.'),
  STOP_GRACE_MS: ms(0, 600_000)
    .default(10_000)
    .describe('How long a stopping process may take to finish what it has begun.'),
  START_PATIENCE_MS: ms(0, 3_600_000)
    .default(60_000)
    .describe(
      'How long a starting process waits for a PostgreSQL that is away, before it ends. It starts without Redis, unless this is 0.',
    ),
};
export type ProcessSettings = z.infer<z.ZodObject<typeof processShape>>;

export const healthShape = {
  HEALTH_PORT: port
    .optional()
    .describe(
      'Port for /livez, /readyz and /metrics of scheduler and deployer, which serve nothing else. For your network alone. Unset: none.',
    ),
};
export type HealthSettings = z.infer<z.ZodObject<typeof healthShape>>;
