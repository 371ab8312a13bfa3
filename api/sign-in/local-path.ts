/**
 * Where to go on after signing in: `next` when it is a path on this server, else `/`. Whatever a
 * browser would take for an address elsewhere (`//host`, `/\host`, tabs in between) is not one.
 */
export function localPath(next: string | undefined): string {
  if (!next?.startsWith('/')) return '/';
  const base = 'http://localhost';
  const url = URL.canParse(next, base) ? new URL(next, base) : null;
  if (url?.origin !== base) return '/';
  const path = url.pathname + url.search + url.hash;
  // `/.//host` becomes `//host` when its dot is taken away.
  return path.startsWith('//') ? '/' : path;
}
