import { limitField } from '../limit.ts';
import { k8sShape } from './settings.ts';

const LIMIT = 50;

export const k8s = {
  name: 'k8s',
  limit: {
    variable: 'K8S_BOT_LIMIT',
    field: limitField.default(LIMIT).describe('Bots that may run at once on Kubernetes.'),
    standard: () => LIMIT,
  },
  assumedLeadMs: 60_000,
  // The Job controller's default client limits (--kube-api-qps 20, --kube-api-burst 30), with two requests a Job.
  launches: { burst: 30, perSecond: 10 },
  shape: k8sShape,
} as const;
