// Lists, page by page.
import { kindOf, selects } from './request.ts';
import { expired } from './status.ts';
import type { Resource, Store } from './store.ts';

/** One page of a list. A page after the first names the version of the first, which must not be forgotten. */
export function listPage(store: Store, resource: Resource, params: URLSearchParams) {
  const { kind, apiVersion } = kindOf(resource);
  const limit = Number(params.get('limit') ?? 0);
  const from = params.get('continue');
  let after = '';
  if (from) {
    const [version = '', name = ''] = Buffer.from(from, 'base64url').toString().split(' ');
    if (store.since(Number(version)) === null) throw expired();
    after = name;
  }
  const all = store.all(resource).filter((it) => it.metadata.name > after && selects(params, it));
  const items = limit > 0 ? all.slice(0, limit) : all;
  const last = items.at(-1)?.metadata.name;
  const next = last !== undefined && items.length < all.length ? `${store.version} ${last}` : '';
  return {
    kind: `${kind}List`,
    apiVersion,
    metadata: {
      resourceVersion: String(store.version),
      ...(next ? { continue: Buffer.from(next).toString('base64url') } : {}),
    },
    items,
  };
}
