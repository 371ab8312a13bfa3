// Where the job queue is.
import { z } from 'zod';

export const queueShape = {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must look like redis://host:6379' })
    .optional()
    .describe('Redis 7 for the job queue. Unset: the queue is in PostgreSQL, in schema bullmq.'),
};
export type QueueSettings = z.infer<z.ZodObject<typeof queueShape>>;
