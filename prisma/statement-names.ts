// Names for prepared statements. The driver prepares a statement on each
// connection only when it has a name, and never frees it: PostgreSQL keeps its
// plan until the connection ends.
import { createHash } from 'node:crypto';

/** More than there are statements of fixed shape. */
const NAMES_AT_MOST = 400;

/**
 * A list whose length is part of the statement's text: several rows of VALUES, or several members of an IN.
 * Each length would be a statement of its own.
 */
const LIST = /\)\s*,\s*\(\s*(?:\$\d|DEFAULT\b)|\bIN\s*\(\s*\$\d+\s*,/i;

/**
 * Names statements of fixed shape, the same text by the same name. Empty, which means "not prepared", for a
 * text with a list in it, and for every new one after `atMost` names.
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
