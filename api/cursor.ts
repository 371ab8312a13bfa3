import type { z } from 'zod';
import { Problem } from './problem.ts';

/** An opaque place in a list. */
export function encodeCursor(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads a cursor that `encodeCursor` made. Throws 422 for anything else. */
export function decodeCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new Problem(422, {
      code: 'invalid_request',
      detail: '#/query/cursor: This cursor is not one of ours.',
      errors: [
        { pointer: '#/query/cursor', code: 'invalid_cursor', detail: 'This cursor is not one of ours.' },
      ],
      cause,
    });
  }
}

export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** One page out of up to `limit + 1` rows: the row too many says that there is a next page. */
export function pageFrom<R, T>(
  rows: readonly R[],
  { limit }: PageQuery,
  of: { item: (row: R) => T; place: (row: R) => object },
): { data: T[]; next_cursor: string | null; has_more: boolean } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: page.map(of.item),
    next_cursor: hasMore && last !== undefined ? encodeCursor(of.place(last)) : null,
    has_more: hasMore,
  };
}
