// A queue that keeps its hints until a test delivers them: in any order, twice, or never, as a real queue may do
// at its worst.
import type { JobBackend } from '@meeboter/chassis/jobs.ts';

export interface Hint {
  queue: string;
  payload: unknown;
  delayMs?: number;
}

export interface HandQueue extends JobBackend {
  hints: Hint[];
}

export function handQueue(): HandQueue {
  const hints: Hint[] = [];
  return {
    kind: 'postgres',
    hints,
    async send(kind, payload) {
      hints.push({ queue: kind.queue, payload: kind.payload.parse(payload) });
      return true;
    },
    async sendMany(kind, many) {
      for (const { payload, ...delay } of many) {
        hints.push({ queue: kind.queue, payload: kind.payload.parse(payload), ...delay });
      }
      return true;
    },
    work: () => undefined,
    repeat: () => undefined,
    board: () => [],
    lastHandledAt: () => null,
    ping: async () => undefined,
    close: async () => undefined,
  };
}
