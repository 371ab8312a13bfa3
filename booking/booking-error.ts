// Why a booking was refused, in words of the domain. Whoever calls this room
// translates: the HTTP API into a problem document, a calendar into a note.

/** What went wrong, roughly: it decides how a caller answers. None of them gets better by a retry. */
export type BookingErrorKind =
  /** The account has no such bot. */
  | 'not_found'
  /** What was asked for makes no sense. */
  | 'invalid'
  /** The bot is past the point where this can be done. */
  | 'conflict'
  /** The account may not book another bot now. */
  | 'limit_reached';

interface Details {
  /** snake_case; stable, for programs. */
  code: string;
  /** For people. */
  detail: string;
  /** The input's field, with `invalid`. Absent: the input as a whole. */
  field?: string;
  cause?: unknown;
}

/** Thrown by book, edit and cancel; nothing was changed. */
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
