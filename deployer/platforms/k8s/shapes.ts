// What we read of the cluster's objects. Every answer is parsed with these: lists come with dates as objects, and
// events of a watch with dates as text.
import { z } from 'zod';

const date = z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))]);

const metadata = z.object({
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  creationTimestamp: date.optional(),
  deletionTimestamp: date.optional(),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: date.optional(),
});

export const jobSchema = z.object({
  metadata,
  spec: z.object({ podReplacementPolicy: z.string().optional() }).optional(),
  status: z.object({ conditions: z.array(condition).default([]) }).default({ conditions: [] }),
});
export type Job = z.infer<typeof jobSchema>;

const containerStatus = z.object({
  name: z.string(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
      running: z.object({}).optional(),
      terminated: z
        .object({
          exitCode: z.number(),
          reason: z.string().optional(),
          message: z.string().optional(),
        })
        .optional(),
    })
    .default({}),
});

export const podSchema = z.object({
  metadata,
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      conditions: z.array(condition).default([]),
      containerStatuses: z.array(containerStatus).default([]),
    })
    .default({ conditions: [], containerStatuses: [] }),
});
export type Pod = z.infer<typeof podSchema>;

export const eventSchema = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  involvedObject: z.object({ uid: z.string().optional() }).default({}),
});
export type JobEvent = z.infer<typeof eventSchema>;

export const quotaSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      hard: z.record(z.string(), z.string()).default({}),
      used: z.record(z.string(), z.string()).default({}),
    })
    .default({ hard: {}, used: {} }),
});
export type Quota = z.infer<typeof quotaSchema>;

export const listSchema = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), metadata: z.object({ _continue: z.string().optional() }).default({}) });

/** The body of an answer that is an error. */
export const statusSchema = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});

export const accessSchema = z.object({
  status: z.object({ allowed: z.boolean(), reason: z.string().optional() }),
});
