// The log of a server process: one JSON line per operation.
import { type Logger, pino } from 'pino';
import { type LogDestination, standardOutput } from './log-destination.ts';

/** `log.info({ bot_id, attempt, … }, 'what')` writes one line of JSON. */
export type Log = Logger;

// Fields that must not reach a log: at the top of the object, or up to two levels down.
const SECRET = ['token', 'key', 'authorization', 'cookie', 'password', 'secret'];
// An error of ioredis carries the command that failed; that of a login has the password in it.
const COMMANDS = ['err.command.args', 'err.cause.command.args'];

export interface LogOptions {
  /** The program's name in each line. Leave it out where several programs share a log; each uses a child of it. */
  service?: string;
  level: string;
  /** Where lines go. Default: the standard output. Its `write` must not throw. */
  destination?: LogDestination;
}

/**
 * Makes the log of a process. Secrets are redacted by the name of their field. A destination that
 * fails ends no process: see log-destination.ts.
 */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: options.service === undefined ? {} : { service: options.service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      redact: {
        paths: [...SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), ...COMMANDS],
        censor: '[redacted]',
      },
    },
    options.destination ?? standardOutput(),
  );
}
