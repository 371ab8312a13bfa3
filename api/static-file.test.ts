import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { ApiEnv } from './context.ts';
import { bytesOf, staticFile } from './static-file.ts';

const TEXT = 'let it = "a script";\n'.repeat(500);

function serve() {
  const reads: number[] = [];
  const file = staticFile(() => {
    reads.push(1);
    if (reads.length === 1) throw new Error('the disk has a bad moment');
    return { content: bytesOf(TEXT), type: 'text/javascript', maxAgeSeconds: 60 };
  });
  const app = new Hono<ApiEnv>().get('/file', file);
  app.onError((_error, c) => c.text('failed', 500));
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    app.request('/file', { method, headers });
  return { reads, get };
}

it('is read once, and again only when that failed', async () => {
  const { reads, get } = serve();
  expect((await get()).status).toBe(500);
  const all = await Promise.all(Array.from({ length: 5 }, () => get()));
  for (const answer of all) expect([answer.status, await answer.text()]).toEqual([200, TEXT]);
  expect(reads).toHaveLength(2);
});

it('comes as small as the client can take it', async () => {
  const { get } = serve();
  await get();
  const sent = async (accepted: string) => {
    const answer = await get({ 'accept-encoding': accepted });
    expect(answer.headers.get('vary')).toBe('accept-encoding');
    return [answer.headers.get('content-encoding'), Buffer.from(await answer.arrayBuffer())] as const;
  };
  const [br, packed] = await sent('gzip, deflate, br');
  expect([br, brotliDecompressSync(packed).toString()]).toEqual(['br', TEXT]);
  const [gzip, zipped] = await sent('GZIP;q=0.5, br;q=0');
  expect([gzip, gunzipSync(zipped).toString()]).toEqual(['gzip', TEXT]);
  for (const accepted of ['', 'identity', 'gzip;q=0', 'zstd']) {
    const [none, plain] = await sent(accepted);
    expect([none, plain.toString()]).toEqual([null, TEXT]);
  }
});

it('is not sent again to who has it', async () => {
  const { get } = serve();
  await get();
  const first = await get({ 'accept-encoding': 'gzip' });
  const etag = first.headers.get('etag') ?? '';
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await get({ 'accept-encoding': 'gzip', 'if-none-match': known });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  }
  // Other bytes under another name.
  expect((await get({ 'if-none-match': etag })).status).toBe(200);
  expect((await get({}, 'HEAD')).headers.get('cache-control')).toBe('public, max-age=60');
});
