// A deployment platform in memory whose behaviour a test can set.
import { type Observation, type Platform, PlatformFault } from '@meeboter/deployer/platforms/platform.ts';

export interface PlatformDouble extends Platform {
  /** Deployments that have a runtime. */
  running: Set<string>;
  /** How many runtimes it accepts. */
  room: number;
  /** Answers that it gives instead of the truth. */
  says: { observe?: 'running' | 'gone' | 'unknown'; stop?: 'fault'; list?: 'fault' };
  /** How often each method was called. */
  asked: { start: number; observe: number; stop: number; list: number };
}

export function platformDouble(room = Number.POSITIVE_INFINITY): PlatformDouble {
  const double: PlatformDouble = {
    running: new Set(),
    room,
    says: {},
    asked: { start: 0, observe: 0, stop: 0, list: 0 },
    async start({ deploymentId }) {
      double.asked.start += 1;
      if (!double.running.has(deploymentId) && double.running.size >= double.room) {
        throw new PlatformFault('capacity', 'no room');
      }
      double.running.add(deploymentId);
      return `double:${deploymentId}`;
    },
    pollMs: 50,
    async requestStop({ deploymentId }) {
      double.asked.stop += 1;
      if (double.says.stop) throw new PlatformFault('transient', 'the stop may not have arrived');
      double.running.delete(deploymentId);
    },
    async observe({ deploymentId }): Promise<Observation> {
      double.asked.observe += 1;
      return { state: double.says.observe ?? (double.running.has(deploymentId) ? 'running' : 'gone') };
    },
    async list() {
      double.asked.list += 1;
      if (double.says.list) throw new PlatformFault('transient', 'the list is not available');
      return [...double.running].map((deploymentId) => ({ deploymentId, externalRef: null, slot: null }));
    },
  };
  return double;
}
