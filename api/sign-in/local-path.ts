/**
 * Where to go after signing in: `next` when it is a path on this server, otherwise `/`. Anything that a
 * browser would read as an address of another server (`//host`, `/\host`, with tabs inside) is not a path.
 */
export function localPath(next: string | undefined): string {
  if (!next?.startsWith('/')) return '/';
  const base = 'http://localhost';
  const url = URL.canParse(next, base) ? new URL(next, base) : null;
  if (url?.origin !== base) return '/';
  const path = url.pathname + url.search + url.hash;
  // `/.//host` becomes `//host` when the dot segment is removed.
  return path.startsWith('//') ? '/' : path;
}
