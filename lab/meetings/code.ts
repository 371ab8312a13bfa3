import { randomInt } from 'node:crypto';

const letters = (count: number) =>
  Array.from({ length: count }, () => String.fromCharCode(97 + randomInt(26))).join('');

/** Creates a meeting code in the platform's format: `abc-defg-hij`. */
export const newMeetingCode = (): string => `${letters(3)}-${letters(4)}-${letters(3)}`;

/** The format as the source of a regular expression, for a route. */
export const MEETING_CODE = '[a-z]{3}-[a-z]{4}-[a-z]{3}';
