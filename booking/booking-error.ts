// Why a booking was refused, independent of HTTP. The caller translates it: the HTTP API
// into a problem document, for example.

/** The kind of error; callers translate by it. Repeating the same request does not help with any of them. */
export type BookingErrorKind =
  /** The account has no such bot. */
  | 'not_found'
  /** The input is not valid. */
  | 'invalid'
  /** The bot's status does not allow it any more. */
  | 'conflict'
  /** The account may not book another bot now. */
  | 'limit_reached';

interface Details {
  /** snake_case and stable, for programs. */
  code: string;
  /** For people. */
  detail: string;
  /** With `invalid`: the input's field. Absent when it is about the whole input. */
  field?: string;
  cause?: unknown;
}

/** Thrown by book, edit and cancel. Nothing was changed. */
export class BookingError extends Error {
  readonly kind: BookingErrorKind;
  readonly code: string;
  readonly field: string | undefined;

  constructor(kind: BookingErrorKind, { code, detail, field, cause }: Details) {
    super(detail, { cause });
    this.name = 'BookingError';
    this.kind = kind;
    this.code = code;
    this.field = field;
  }
}

export function noSuchBot(): BookingError {
  return new BookingError('not_found', { code: 'not_found', detail: 'There is no such bot.' });
}

export function alreadyEnded(bot: { status: string; endedAt: Date | null }): BookingError {
  const at = bot.endedAt ? ` at ${bot.endedAt.toISOString()}` : '';
  return new BookingError('conflict', {
    code: 'bot_already_ended',
    detail: `The bot ended with ${bot.status}${at}.`,
  });
}

export function invalidField(field: string, code: string, detail: string): BookingError {
  return new BookingError('invalid', { field, code, detail });
}
