// What the answers of Coolify say about a runtime.
//
// A status may be minutes old: Coolify learns it from its agent every minute, or by SSH. And a deployment that is
// `finished` is no proof that something runs (coollabsio/coolify#9161). So `exited` alone decides nothing while a
// deployment may have brought a container up; then Coolify is made to look.
import type { EndCause, Observation } from '../platform.ts';
import type { CoolifyDeployment } from './api.ts';

/** Null: the status alone does not tell; ask for deployments. */
export function judgeStatus(state: string, hasActiveDeployment: boolean): Observation | null {
  if (hasActiveDeployment) return { state: 'starting' };
  switch (state) {
    case 'running':
    case 'paused':
      return { state: 'running' };
    case 'starting':
    case 'created':
      return { state: 'starting' };
    // The program has ended, and Docker starts its container again, in which it sleeps (bot/assignment.ts).
    case 'restarting':
    case 'degraded':
    case 'dead':
      return { state: 'orphaned' };
    case 'exited':
      return null;
    default:
      return { state: 'unknown', detail: `Coolify shows the status ${state || '(none)'}.` };
  }
}

/**
 * For an application that shows as `exited`. `launched`: its deployments since the launch began, newest first, none of
 * them active. `isLive`: whether a container runs, as Coolify sees it now.
 */
export function judgeExited(launched: readonly CoolifyDeployment[], isLive: boolean): Observation {
  if (isLive) return { state: 'running' };
  const [newest] = launched;
  if (!newest) return { state: 'gone' };
  const about = `Coolify's deployment ${newest.deployment_uuid}`;
  if (newest.status === 'failed') {
    const { cause, why } = causeOf(newest.logs ?? '');
    return { state: 'ended', cause, detail: `${about} failed: ${why}` };
  }
  if (newest.status.startsWith('cancelled')) {
    return { state: 'ended', cause: 'stopped', detail: `${about} was cancelled.` };
  }
  return {
    state: 'ended',
    cause: 'other',
    detail: `${about} has finished, and nothing of it runs any more.`,
  };
}

/** Texts in the log of a failed deployment, the first that fits counts. The log is shown only to tokens with `read:sensitive`. */
const CAUSES: readonly { text: RegExp; cause: EndCause; why: string }[] = [
  {
    text: /server is not functional/i,
    cause: 'evicted',
    why: 'the server is not functional. Validate it in Coolify.',
  },
  {
    text: /manifest unknown|pull access denied|unauthorized|toomanyrequests|no such image|failed to resolve reference|error pulling/i,
    cause: 'image_unavailable',
    why: 'the image could not be pulled.',
  },
  { text: /no space left/i, cause: 'no_room', why: 'the disk of the server is full.' },
  {
    text: /health ?check|unhealthy/i,
    cause: 'misconfigured',
    why: 'a health check failed. The bot needs none: switch it off in the application.',
  },
];

function causeOf(logs: string): { cause: EndCause; why: string } {
  return (
    CAUSES.find(({ text }) => text.test(logs)) ?? {
      cause: 'other',
      why: 'see its log in Coolify; an image that cannot be pulled is the most frequent reason.',
    }
  );
}
