import type { z } from 'zod';
import { Problem } from './problem.ts';

/** Encodes a position in a list as an opaque text. */
export function encodeCursor(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Decodes a cursor made by `encodeCursor`. Throws 422 for anything else. */
export function decodeCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new Problem(422, {
      code: 'invalid_request',
      detail: '#/query/cursor: This is not a cursor that this list returned.',
      errors: [
        {
          pointer: '#/query/cursor',
          code: 'invalid_cursor',
          detail: 'This is not a cursor that this list returned.',
        },
      ],
      cause,
    });
  }
}

export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** Makes a page from up to `limit + 1` rows. The extra row, when there is one, shows that there is a next page. */
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
