/** Since when something holds, by one clock in ms: as known, or from now on. Null when it does not hold. */
export function sinceMs(knownMs: number | null, holds: boolean, nowMs: number): number | null {
  return holds ? (knownMs ?? nowMs) : null;
}
