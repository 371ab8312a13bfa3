// What a recording holds when not all of its parts are in it.

/** A part as its runtime reported it. */
interface Part {
  partNumber: number;
  bytes: number;
  /** Media recorded up to the end of this part, ms. */
  mediaMs: number;
}

/** A stretch of a recording that is missing, in ms of its own time. */
export interface Gap {
  fromMs: number;
  toMs: number;
}

export interface Held {
  /** Up to the end of the last part. */
  durationMs: number;
  gaps: Gap[];
  /** The numbers of the parts that are not in it, or not with all their bytes. */
  missing: number[];
}

/**
 * What the object holds that was made from the parts `used`, of those that were `reported`. A part is missing
 * when it is not used, or is shorter than it was reported. What is missing at the end is the last gap.
 */
export function heldMedia(
  reported: readonly Part[],
  used: readonly { partNumber: number; bytes: number }[],
): Held {
  const known = new Map(reported.map((part) => [part.partNumber, part]));
  const bytes = new Map(used.map((part) => [part.partNumber, part.bytes]));
  const isWhole = (number: number) => (bytes.get(number) ?? -1) >= (known.get(number)?.bytes ?? 0);
  const last = Math.max(0, ...bytes.keys());
  const numbers = new Set([...Array(last).keys()].map((index) => index + 1).concat([...known.keys()]));
  const missing = [...numbers].filter((number) => !isWhole(number)).sort((a, b) => a - b);
  const held: Held = { durationMs: 0, gaps: [], missing };
  let gapFromMs: number | null = null;
  for (let number = 1; number <= last; number += 1) {
    const endMs = Math.max(held.durationMs, known.get(number)?.mediaMs ?? 0);
    if (!isWhole(number)) gapFromMs ??= held.durationMs;
    else if (gapFromMs !== null) {
      // Where nobody reported the missing parts, they end somewhere in the one behind them, at the latest.
      const toMs = held.durationMs > gapFromMs ? held.durationMs : endMs;
      held.gaps.push({ fromMs: gapFromMs, toMs });
      gapFromMs = null;
    }
    held.durationMs = endMs;
  }
  // The last part is there, but not all of it.
  if (gapFromMs !== null) held.durationMs = gapFromMs;
  const wholeMs = Math.max(held.durationMs, ...reported.map((part) => part.mediaMs));
  if (wholeMs > held.durationMs) held.gaps.push({ fromMs: held.durationMs, toMs: wholeMs });
  return held;
}
