// Bots on Kubernetes. The variables are optional, because a deployer may do without this platform; what it needs is
// checked when it is opened.
import { ms } from '@meeboter/chassis/env/fields.ts';
import { z } from 'zod';

/** A quantity of CPU, https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/. */
const cpu = z.string().regex(/^(\d+(\.\d{1,3})?|\d+m)$/, 'must be a quantity of CPU, such as 1, 0.5 or 500m');
const memory = z
  .string()
  .regex(/^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/, 'must be a quantity of memory, such as 2Gi or 1500Mi');

export const k8sShape = {
  K8S_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .default('meeboter')
    .describe('Namespace of the bots on Kubernetes. Each installation of Meeboter needs one of its own.'),
  K8S_KUBECONFIG: z
    .string()
    .min(1)
    .optional()
    .describe("Path of a kubeconfig. Unset: the service account of the deployer's own pod."),
  K8S_NODE_WAIT_MS: ms(1_000, 900_000)
    .default(90_000)
    .describe(
      'How long the cluster may look for a node with room before the bot goes to another platform. With an autoscaler: longer than it needs to add one, and LAUNCH_TIMEOUT_MS longer still.',
    ),
  K8S_IMAGE_REGISTRY: z
    .string()
    .regex(/^[\w.-]+(:\d+)?(\/[\w./-]+)*$/, 'must be the registry and path before the name of the image')
    .optional()
    .describe(
      'Where the image of the bot is: bots run K8S_IMAGE_REGISTRY/meeboter-bot:K8S_IMAGE_TAG. Such as registry.example.org/meetings.',
    ),
  K8S_IMAGE_TAG: z
    .string()
    .regex(/^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})$/, 'must be a tag, or sha256:<digest>')
    .optional()
    .describe(
      'Tag of that image, or its digest (sha256:…). Use one that never changes: nodes keep what they pulled.',
    ),
  K8S_BOT_CPU_REQUEST: cpu.default('1').describe('CPU that a node must have free for a bot.'),
  K8S_BOT_CPU_LIMIT: cpu.default('2').describe('CPU that a bot may use.'),
  K8S_BOT_MEMORY_REQUEST: memory.default('2Gi').describe('Memory that a node must have free for a bot.'),
  K8S_BOT_MEMORY_LIMIT: memory
    .default('2Gi')
    .describe('Memory that a bot may use, /dev/shm included. A bot that uses more is killed.'),
};
export type K8sSettings = z.infer<z.ZodObject<typeof k8sShape>>;
