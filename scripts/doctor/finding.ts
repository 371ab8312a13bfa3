// What a check has found: a fact, and what to do about it.
export interface Finding {
  level: 'ok' | 'warning' | 'error';
  /** What was looked at, such as `database`. */
  about: string;
  text: string;
  /** What to do; for a warning or an error. */
  todo?: string;
}

const MARKS = { ok: 'ok     ', warning: 'warning', error: 'ERROR  ' } as const;

/** A finding as lines of text. */
export function linesOf({ level, about, text, todo }: Finding): string {
  const first = `${MARKS[level]}  ${about.padEnd(12)}  ${text}`;
  return todo === undefined ? first : `${first}\n${' '.repeat(23)}→ ${todo}`;
}

/** Makes the findings about one thing. */
export const findingsOf = (about: string) => ({
  ok: (text: string): Finding => ({ level: 'ok', about, text }),
  warning: (text: string, todo: string): Finding => ({ level: 'warning', about, text, todo }),
  error: (text: string, todo: string): Finding => ({ level: 'error', about, text, todo }),
});

/** The message of an error and of what caused it, on one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message || error.name}${cause}`.replaceAll(/\s+/g, ' ').trim();
}

/** How far a server's clock may be from ours: signatures of the object store fail at a difference of 15 minutes, and join times are wrong by as much as the clock. */
const CLOCK_TOLERANCE_MS = 2_000;

/** Compares a server's clock with this machine's. `askedAtMs` and `answeredAtMs`: ms since 1970, here. */
export function clockFinding(
  about: string,
  serverMs: number,
  {
    askedAtMs,
    answeredAtMs,
    resolutionMs = 0,
  }: { askedAtMs: number; answeredAtMs: number; resolutionMs?: number },
): Finding {
  const { ok, warning } = findingsOf(about);
  const offMs = Math.round(serverMs - (askedAtMs + answeredAtMs) / 2);
  const toleranceMs = CLOCK_TOLERANCE_MS + (answeredAtMs - askedAtMs) / 2 + resolutionMs;
  if (Math.abs(offMs) <= toleranceMs) return ok('its clock agrees with the one of this machine');
  return warning(
    `its clock is ${Math.abs(offMs / 1_000).toFixed(1)} s ${offMs > 0 ? 'ahead of' : 'behind'} the one of this machine`,
    'Run a time service (NTP) on both.',
  );
}
