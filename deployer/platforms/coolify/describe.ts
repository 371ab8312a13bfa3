// Shows people who look at Coolify what an application of ours is doing.
import type { CoolifyApi } from './api.ts';
import type { Limiter } from './limiter.ts';

/** The column is varchar(255) and its length is not checked: a longer text is answered with 500. */
const LONGEST = 255;
/** While fewer requests than this are left in the minute, they are kept for what matters. */
const SPARE = 60;

/**
 * Returns a function that writes an application's description in the background. It is for people alone: nothing reads
 * it, and a failure changes nothing.
 */
export function describer(api: CoolifyApi, limiter: Limiter, signal: AbortSignal) {
  /** What was written last, by application: the same text is not written again. */
  const written = new Map<string, string>();
  return (uuid: string, text: string): void => {
    const description = [...text].slice(0, LONGEST).join('');
    if (signal.aborted || limiter.spare() < SPARE || written.get(uuid) === description) return;
    written.set(uuid, description);
    api.changeApplication(uuid, { description }, signal).catch(() => written.delete(uuid));
  };
}
