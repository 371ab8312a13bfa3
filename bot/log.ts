// Writes one JSON line per event to stdout. Warnings and errors are also reported to the API, so that the
// person who booked the bot can see them.
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Record<string, unknown>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface RootLog extends Log {
  /** Adds fields to every later line: bot, attempt, epoch. */
  bind(fields: LogFields): void;
  /** Also passes warnings and errors to this function. */
  forward(sink: (level: LogLevel, message: string) => void): void;
}

/** An error and its cause as plain fields. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const fields: LogFields = { error: `${error.name}: ${error.message}`, stack: error.stack };
  if (error.cause !== undefined) fields.cause = errorFields(error.cause).error;
  return fields;
}

/** Creates the program's log. Never log tokens or presigned URLs. */
export function createLog(
  write: (line: string) => void = (line) => void process.stdout.write(line),
): RootLog {
  const bound: LogFields = {};
  let sink: ((level: LogLevel, message: string) => void) | null = null;

  const line =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...bound, ...fields })}\n`);
      if (sink && (level === 'warn' || level === 'error')) {
        const { stack: _stack, ...told } = fields;
        sink(level, Object.keys(told).length > 0 ? `${event} ${JSON.stringify(told)}` : event);
      }
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    bind: (fields) => void Object.assign(bound, fields),
    forward: (to) => {
      sink = to;
    },
  };
}
