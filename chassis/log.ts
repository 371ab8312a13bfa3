import { type Logger, pino } from 'pino';

/** One JSON line per operation on stdout: `log.info({ bot_id, attempt, … }, 'what')`. */
export type Log = Logger;

// What must not reach a log file, wherever in the object it stands.
const SECRET = ['token', 'key', 'authorization', 'cookie', 'password', 'secret'];
// An error of ioredis carries its command, and that of a login the password.
const COMMANDS = ['err.command.args', 'err.cause.command.args'];

export interface LogOptions {
  /** Which program speaks; left out where several share a log and each has a child of it. */
  service?: string;
  level: string;
  /** Where lines go; stdout unless said. */
  destination?: { write(line: string): void };
}

/** Makes a process's log. Secrets are redacted by the name of their field. */
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
    options.destination ?? process.stdout,
  );
}
