// What the calls take, and the limits that the Amazon ECS API Reference gives.
import { z } from 'zod';
import { invalid } from './api-error.ts';

const pair = z.object({ name: z.string(), value: z.string() });

export const runTask = z.strictObject({
  cluster: z.string(),
  taskDefinition: z.string(),
  count: z.number().int().min(1).max(10).default(1),
  clientToken: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional(),
  startedBy: z
    .string()
    .regex(/^[A-Za-z0-9\-/_]{1,128}$/)
    .optional(),
  launchType: z.enum(['FARGATE', 'EC2', 'EXTERNAL']).optional(),
  capacityProviderStrategy: z
    .array(
      z.strictObject({
        capacityProvider: z.string(),
        weight: z.number().optional(),
        base: z.number().optional(),
      }),
    )
    .max(20)
    .optional(),
  networkConfiguration: z
    .strictObject({
      awsvpcConfiguration: z.strictObject({
        subnets: z.array(z.string().startsWith('subnet-')).min(1).max(16),
        securityGroups: z.array(z.string().startsWith('sg-')).max(5).optional(),
        assignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
      }),
    })
    .optional(),
  overrides: z
    .strictObject({
      containerOverrides: z.array(
        z.strictObject({ name: z.string(), environment: z.array(pair).default([]) }),
      ),
    })
    .optional(),
  enableECSManagedTags: z.boolean().optional(),
  // SERVICE is refused by RunTask.
  propagateTags: z.enum(['TASK_DEFINITION', 'NONE']).optional(),
  tags: z
    .array(z.strictObject({ key: z.string().min(1).max(128), value: z.string().max(256) }))
    .max(50)
    .optional(),
});
export type RunTask = z.infer<typeof runTask>;

export const stopTask = z.strictObject({
  cluster: z.string(),
  task: z.string(),
  reason: z.string().max(255).optional(),
});

export const describeTasks = z.strictObject({
  cluster: z.string(),
  tasks: z.array(z.string()).min(1).max(100),
  include: z.array(z.literal('TAGS')).default([]),
});

export const listTasks = z
  .strictObject({
    cluster: z.string(),
    startedBy: z.string().optional(),
    desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).optional(),
    family: z.string().optional(),
    maxResults: z.number().int().min(1).max(100).default(100),
    nextToken: z.string().optional(),
  })
  .refine(
    ({ startedBy, desiredStatus, family }) =>
      startedBy === undefined || (desiredStatus === undefined && family === undefined),
    'startedBy must be the only filter',
  );

export const describeClusters = z.strictObject({ clusters: z.array(z.string()).max(100) });
export const describeTaskDefinition = z.strictObject({ taskDefinition: z.string() });

/** Parses the body of a call. Throws InvalidParameterException. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid(z.prettifyError(result.error));
}
