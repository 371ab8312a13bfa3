// The embedded object store against who holds one of its URLs, and against strangers.
import { connect, type Socket } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../e2e/support/eventually.ts';
import { codeOf, MIB, put, send, testStore } from './testing/store.ts';

const store = testStore();

describe('who holds the URL of one part', () => {
  const key = 'recordings/mine.mp4';
  let id: string;
  let url: string;
  beforeEach(async () => {
    await store.keep('recordings/theirs.mp4', 'their recording', 'video/mp4');
    id = await store.storage.createMultipart(key, 'video/mp4');
    url = await store.partUrl(key, id, 1);
  });

  const withHeader = (name: string, value: string): [string, () => Promise<{ status: number }>] => [
    `with the header ${name}: ${value}`,
    () => put(url, 'x', { [name]: value }),
  ];
  it.each([
    withHeader('x-amz-copy-source', '/meeboter/recordings/theirs.mp4'),
    withHeader('X-Amz-Copy-Source-Range', 'bytes=0-1'),
    withHeader('x-amz-acl', 'public-read'),
    withHeader('x-amz-meta-a', 'b'),
    withHeader('x-amz-content-sha256', 'UNSIGNED-PAYLOAD'),
    withHeader('x-amz-decoded-content-length', '1'),
    withHeader('content-encoding', 'aws-chunked'),
    withHeader('host', 'meeboter.localhost'),
    withHeader('transfer-encoding', 'chunked'),
    ['behind a second question mark', () => put(`${url}?partNumber=2`, 'x')],
    ['with a parameter more', () => put(`${url}&partNumber=2`, 'x')],
    ['with a parameter in other letters', () => put(`${url}&PARTNUMBER=2`, 'x')],
    ['for another part', () => put(url.replace('partNumber=1', 'partNumber=2'), 'x')],
    ['for the whole object', () => put(url.replace(/partNumber=1&|uploadId=[^&]*&?/g, ''), 'x')],
    ['for another key', () => put(url.replace('mine', 'theirs'), 'x')],
    ['for a key beside it', () => put(url.replace('mine', 'other/../mine'), 'x')],
    ['for another bucket', () => put(url.replace('/meeboter/', '/other/'), 'x')],
    ['by another method: GET', () => send(url)],
    ['by another method: HEAD', () => send(url, { method: 'HEAD' })],
    ['by another method: DELETE', () => send(url, { method: 'DELETE' })],
    ['by another method: POST', () => send(url, { method: 'POST', body: '<a/>' })],
    [
      'with a body of unknown length',
      () => send(url, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } }),
    ],
  ])('stores nothing %s, and reads nothing', async (_how, attack) => {
    const before = store.files();
    expect((await attack()).status).toBeGreaterThanOrEqual(400);
    expect(store.files()).toEqual(before);
    expect((await send(await store.linkTo('recordings/theirs.mp4'))).text).toBe('their recording');
  });

  it('fills no disk with it', async () => {
    const announced = await send(url, {
      method: 'PUT',
      headers: { 'content-length': String(10 * 1024 * MIB) },
    }).catch(() => null);
    expect(announced?.status ?? 400).toBe(400);
    expect(store.files().filter((path) => path.includes('parts/'))).toEqual([]);
  });

  it('leaves nothing when it goes away in the middle, and may come again', async () => {
    const { port, host, pathname, search } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n\r\nhalf`);
    await eventually('it arrives', () => store.files().some((path) => path.endsWith('.unfinished')));
    socket.destroy();
    await eventually('nothing is left', () => !store.files().some((path) => path.endsWith('.unfinished')));
    expect(await store.storage.listParts(key, id)).toEqual([]);
    expect((await put(url, 'whole')).status).toBe(200);
  });

  it('can do nothing with it when the upload is over', async () => {
    await store.storage.abort(key, id);
    expect(codeOf(await put(url, 'late'))).toBe('NoSuchUpload');
    expect(store.files().filter((path) => path.startsWith('_multipart'))).toEqual([]);
  });
});

describe('who holds the URL of one file', () => {
  it('stores that file, of that type and length, and no other', async () => {
    const url = await store.storage.presignPut('evidence/x.png', 'image/png', 4);
    expect((await put(url, 'abcd', { 'content-type': 'text/html' })).status).toBe(403);
    expect((await put(url, 'abcd')).status).toBe(403);
    expect((await put(url, 'abcde', { 'content-type': 'image/png' })).status).toBe(403);
    expect(await store.storage.size('evidence/x.png')).toBeNull();
    // What is not signed is not stored.
    const more = { 'content-type': 'image/png', 'content-disposition': 'inline', 'content-encoding': 'gzip' };
    expect((await put(url, 'abcd', more)).status).toBe(200);
    const { headers } = await send(await store.linkTo('evidence/x.png'));
    expect(headers['content-type']).toBe('image/png');
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('reads that file and no other, until it expires', async () => {
    await store.keep('evidence/x.png', 'mine');
    await store.keep('evidence/y.png', 'theirs');
    const link = await store.linkTo('evidence/x.png');
    expect((await send(link)).text).toBe('mine');
    for (const other of [
      link.replace('x.png', 'y.png'),
      link.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=86400'),
      link.split('?')[0] ?? '',
      `${link}&response-content-type=text%2Fhtml`,
    ]) {
      expect((await send(other)).status).toBe(403);
    }
  });

  it.each(['text/html', 'text/plain; charset=utf-8', 'image/svg+xml', 'application/json', 'TEXT/HTML'])(
    'never opens %s in a browser',
    async (type) => {
      await store.keep('evidence/page', '<script>alert(1)</script>', type);
      expect((await send(await store.linkTo('evidence/page'))).headers).toMatchObject({
        'content-type': type,
        'content-disposition': 'attachment; filename="file"',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
      });
    },
  );

  it('lets a browser show pictures and play recordings', async () => {
    await store.keep('evidence/x.png', 'png');
    const { headers } = await send(await store.linkTo('evidence/x.png'));
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'content-type': 'image/png' });
    expect(headers).not.toHaveProperty('content-security-policy');
  });
});

describe('what a stranger can take', () => {
  it('is little memory, with readers that do not read', async () => {
    const id = await store.storage.createMultipart('r.mp4', 'video/mp4');
    await put(await store.partUrl('r.mp4', id, 1), Buffer.alloc(32 * MIB));
    await store.storage.complete('r.mp4', id, (await store.storage.listParts('r.mp4', id)) ?? []);
    const { port, host, pathname, search } = new URL(await store.linkTo('r.mp4'));
    const readers: Socket[] = [];
    store.afterwards(() => {
      for (const reader of readers) reader.destroy();
    });
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 100; n += 1) {
      const reader = connect(Number(port), '127.0.0.1');
      reader.on('error', () => undefined);
      reader.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      readers.push(reader);
    }
    const isStuck = () => readers.every((reader) => reader.bytesRead > 0 || reader.readableLength > 0);
    await eventually('each has been sent something', isStuck, {
      seen: () => readers.map((reader) => reader.bytesRead),
    });
    expect((await send(await store.linkTo('r.mp4'), { headers: { range: 'bytes=0-0' } })).status).toBe(206);
    // 100 × 32 MiB would be 3.2 GB.
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
  });

  it('is no memory and no disk, with a long body that is not signed', async () => {
    const before = store.files();
    const answer = await send(`${store.endpoint}/meeboter/x`, {
      method: 'PUT',
      body: Buffer.alloc(12 * MIB),
    });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'AccessDenied']);
    expect(store.files()).toEqual(before);
  });
});
