// Names for prepared statements. The driver prepares a statement only when it has a name, once per connection, and
// never frees it: PostgreSQL keeps it until the connection ends.
import { createHash } from 'node:crypto';

/** Most names of a process. There are fewer statements with a fixed text. */
const NAMES_AT_MOST = 400;

/**
 * Matches a list whose length is part of the statement's text: several rows of VALUES, or several members of an
 * IN. Each length is another statement.
 */
const LIST = /\)\s*,\s*\(\s*(?:\$\d|DEFAULT\b)|\bIN\s*\(\s*\$\d+\s*,/i;

/**
 * Returns a function that names statements: the same text always gets the same name. The name is empty, so that
 * the statement is not prepared, when its text contains a list, and for new texts after `atMost` names.
 */
export function statementNames(atMost = NAMES_AT_MOST): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= atMost || LIST.test(sql)) return '';
    const name = `s_${createHash('sha1').update(sql).digest('base64url')}`;
    names.set(sql, name);
    return name;
  };
}
