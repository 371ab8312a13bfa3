// Reads settings from the environment. The only place of the servers that
// touches `process.env`.
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. */
export function environment(): Environment {
  return process.env;
}

/** The environment is wrong; the message lists everything that is. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** Finds what is wrong with several variables together, and says it in words that name them. */
export type Check = (env: Environment) => readonly string[];

/**
 * Parses the variables of a shape. Empty ones count as unset, which is what Compose makes of an unset one.
 * Throws SettingsError with every problem at once; it shows no value.
 */
export function read<S extends Record<string, z.ZodType>>(
  shape: S,
  env: Environment,
  checks: readonly Check[] = [],
): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = z.object(shape).safeParse(given);
  const problems = checks.flatMap((check) => check(given));
  if (parsed.success && problems.length === 0) return parsed.data;
  const ofFields = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    const field = shape[name];
    return name in given
      ? `${name}: ${issue.message}`
      : `${name} is missing: ${field?.description ?? 'it is required'}`;
  });
  throw new SettingsError([...ofFields, ...problems]);
}
