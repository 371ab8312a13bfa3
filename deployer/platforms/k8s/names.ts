// The names and labels of what we create in the cluster.
import { createHash } from 'node:crypto';

/** The name of the bot's container. Other containers of the pod are injected by the cluster. */
export const BOT_CONTAINER = 'bot';
/** The key in the Secret, and the variable of the bot's container. */
export const CLAIM_TOKEN = 'MEEBOTER_CLAIM_TOKEN';

export const DEPLOYMENT_LABEL = 'meeboter/deployment-id';

const OURS = { 'app.kubernetes.io/name': 'meeboter-bot', 'app.kubernetes.io/managed-by': 'meeboter' };

/** Selects everything of ours in the namespace. */
export const SELECTOR = Object.entries(OURS)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

/** Selects the pods of one deployment. */
export const selectorOf = (deploymentId: string) => `${SELECTOR},${DEPLOYMENT_LABEL}=${deploymentId}`;

/**
 * The name of the Job and of the Secret of a deployment. Names in Kubernetes have lower case letters, digits and
 * dashes, at most 63, and ours have upper case and underscores. So it is a hash: the same on every call, and with 160
 * bits never the same for two deployments.
 */
export const nameOf = (deploymentId: string) =>
  `bot-${createHash('sha256').update(deploymentId).digest('hex').slice(0, 40)}`;

export function labelsOf(spec: {
  deploymentId: string;
  botId: string;
  attempt: number;
  meetingPlatform: string;
}): Record<string, string> {
  return {
    ...OURS,
    [DEPLOYMENT_LABEL]: spec.deploymentId,
    'meeboter/bot-id': spec.botId,
    'meeboter/attempt': String(spec.attempt),
    'meeboter/meeting-platform': spec.meetingPlatform,
  };
}
