// The parts of ECS's answers that we use (Amazon ECS API Reference). An answer of another form is a transient fault:
// what the call did is not known then.
import { z } from 'zod';
import { PlatformFault } from '../platform.ts';

const failures = z
  .array(
    z.object({ arn: z.string().optional(), reason: z.string().optional(), detail: z.string().optional() }),
  )
  .default([]);

const task = z.object({
  taskArn: z.string().min(1),
  lastStatus: z.string().min(1),
  desiredStatus: z.string().optional(),
  startedBy: z.string().optional(),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
  containers: z
    .array(
      z.object({
        name: z.string().optional(),
        exitCode: z.number().int().optional(),
        reason: z.string().optional(),
      }),
    )
    .default([]),
});

/** A task, as DescribeTasks shows it. */
export type Task = z.infer<typeof task>;

export const started = z.object({
  tasks: z.array(z.object({ taskArn: z.string().min(1) })).default([]),
  failures,
});
export const described = z.object({ tasks: z.array(task).default([]), failures });
export const listed = z.object({
  taskArns: z.array(z.string().min(1)).default([]),
  nextToken: z.string().optional(),
});

export const clusters = z.object({
  clusters: z
    .array(z.object({ status: z.string().optional(), capacityProviders: z.array(z.string()).default([]) }))
    .default([]),
});
export const definition = z.object({
  taskDefinition: z.object({
    taskDefinitionArn: z.string(),
    cpu: z.coerce.number().default(0),
    memory: z.coerce.number().default(0),
    networkMode: z.string().optional(),
    requiresCompatibilities: z.array(z.string()).default([]),
    containerDefinitions: z
      .array(z.object({ name: z.string().optional(), stopTimeout: z.number().optional() }))
      .default([]),
  }),
});

/** Parses an answer. Throws PlatformFault when it has another form. */
export function parse<T>(call: string, schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new PlatformFault(
    'transient',
    `ECS ${call}: the answer is not what the API promises: ${z.prettifyError(result.error)}`,
  );
}
