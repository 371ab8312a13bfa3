// The embedded object store on a disk that is damaged or full.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf, MIB, put, send, testStore } from './testing/store.ts';

const store = testStore();

describe('files that a crash left', () => {
  it.each(['', '{"key": "evidence/bad.png", "conten', 'null', '[]', '{"key":"evidence/other.png"}'])(
    'an object whose meta file is %j is set aside and named; the others are served',
    async (text) => {
      await store.keep('evidence/bad.png', 'bad');
      await store.keep('evidence/good.png', 'good');
      const objects = join(store.dir, 'buckets/meeboter/objects/evidence');
      await store.stop();
      writeFileSync(join(objects, 'bad.png.meta.json'), text);
      await store.start();
      expect(store.told.map(({ fields }) => fields.file)).toContain(join(objects, 'bad.png.meta.json'));
      expect(await store.storage.size('evidence/bad.png')).toBeNull();
      expect((await send(await store.linkTo('evidence/good.png'))).text).toBe('good');
      // Nothing is thrown away, and the key can be used again.
      const aside = store.files(join(store.dir, 'set-aside'));
      expect(aside).toHaveLength(2);
      expect(aside.map((path) => readFileSync(join(store.dir, 'set-aside', path), 'utf8'))).toContain('bad');
      await store.keep('evidence/bad.png', 'new');
      await store.stop();
      await store.start();
      expect(store.told).toEqual([]);
      expect((await send(await store.linkTo('evidence/bad.png'))).text).toBe('new');
    },
  );

  it('an object whose content is missing or cut off is set aside', async () => {
    await store.keep('evidence/cut.png', 'content');
    await store.keep('evidence/gone.png', 'content');
    const objects = join(store.dir, 'buckets/meeboter/objects/evidence');
    const contentOf = (name: string) =>
      join(
        objects,
        readdirSync(objects).find((file) => file.startsWith(name) && file.endsWith('.data')) ?? '',
      );
    truncateSync(contentOf('cut.png'), 3);
    rmSync(contentOf('gone.png'));
    // Also while it runs.
    expect(await store.storage.size('evidence/cut.png')).toBeNull();
    await store.stop();
    await store.start();
    expect(store.told.map(({ fields }) => fields.file)).toEqual([join(objects, 'gone.png.meta.json')]);
  });

  it.each(['', '{"bucket":', '7'])(
    'an upload whose file is %j is set aside and named; the others go on',
    async (text) => {
      const [bad, good] = [
        await store.storage.createMultipart('bad.mp4', 'video/mp4'),
        await store.storage.createMultipart('good.mp4', 'video/mp4'),
      ];
      for (const [key, id] of [
        ['bad.mp4', bad],
        ['good.mp4', good],
      ] as const)
        await put(await store.partUrl(key, id, 1), 'part');
      await store.stop();
      writeFileSync(join(store.dir, '_multipart', bad, '.upload.json'), text);
      await store.start();
      expect(store.told.map(({ fields }) => fields.file)).toEqual([join(store.dir, '_multipart', bad)]);
      expect(await store.storage.listParts('bad.mp4', bad)).toBeNull();
      expect(await store.storage.listParts('good.mp4', good)).toHaveLength(1);
      expect(store.files(join(store.dir, 'set-aside'))).toHaveLength(2);
    },
  );

  it('what was never finished is deleted', async () => {
    await store.keep('evidence/x.png', 'x');
    const id = await store.storage.createMultipart('r.mp4', 'video/mp4');
    const kept = store.files();
    const left = [
      'buckets/meeboter/objects/evidence/x.png.meta.json.17.unfinished',
      'buckets/meeboter/objects/evidence/x.png.0123456789abcdef.data',
      `_multipart/${id}/parts/1.unfinished`,
    ];
    for (const path of left) writeFileSync(join(store.dir, path), 'half');
    mkdirSync(join(store.dir, '_multipart', `${id}.over`));
    await store.stop();
    await store.start();
    expect(store.files()).toEqual(kept);
    expect(existsSync(join(store.dir, '_multipart', `${id}.over`))).toBe(false);
    expect(store.told).toEqual([]);
  });

  it('those of earlier versions are read', async () => {
    const time = '2026-11-20T10:00:00.000Z';
    const objects = join(store.dir, 'buckets/meeboter/objects');
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    const parts = join(store.dir, '_multipart', id, 'parts');
    mkdirSync(parts, { recursive: true });
    writeFileSync(join(objects, 'old.mp4.data'), 'old recording');
    const meta = {
      key: 'old.mp4',
      contentType: 'video/mp4',
      contentLength: 13,
      etag: '"e"',
      lastModified: time,
      metadata: {},
    };
    writeFileSync(join(objects, 'old.mp4.meta.json'), JSON.stringify(meta));
    const upload = {
      uploadId: id,
      bucket: 'meeboter',
      key: 'r.mp4',
      contentType: 'video/mp4',
      metadata: {},
      initiated: time,
    };
    writeFileSync(join(store.dir, '_multipart', id, '.upload.json'), JSON.stringify(upload));
    writeFileSync(join(parts, '1.data'), 'old part');
    writeFileSync(join(parts, '1.meta.json'), '');
    await store.stop();
    await store.start();
    expect(await send(await store.linkTo('old.mp4'))).toMatchObject({
      text: 'old recording',
      headers: { 'content-type': 'video/mp4' },
    });
    await store.storage.complete('r.mp4', id, (await store.storage.listParts('r.mp4', id)) ?? []);
    expect(await send(await store.linkTo('r.mp4'))).toMatchObject({
      text: 'old part',
      headers: { 'content-type': 'video/mp4' },
    });
    expect(store.told).toEqual([]);
  });
});

describe('a full disk', () => {
  it('loses nothing that is stored, and takes more when there is room again', async ({ skip }) => {
    const disk = mkdtempSync(join(tmpdir(), 'meeboter-disk-'));
    store.afterwards(() => rmSync(disk, { recursive: true, force: true }));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return skip('this user may not mount a disk');
    }
    store.afterwards(() => execFileSync('umount', ['--lazy', disk]));
    await store.stop();
    await store.start(disk);
    await store.storage.ensureBucket();
    await store.keep('evidence/x.png', 'first');
    const id = await store.storage.createMultipart('r.mp4', 'video/mp4');
    expect((await put(await store.partUrl('r.mp4', id, 1), Buffer.alloc(6 * MIB))).status).toBe(200);
    const before = store.files();
    // No room for the parts a second time, and none for a part more.
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(8 * MIB));
    const more = await put(await store.partUrl('r.mp4', id, 2), Buffer.alloc(4 * MIB));
    expect([more.status, codeOf(more)]).toEqual([503, 'ServiceUnavailable']);
    const replaced = await store.storage.presignPut('evidence/x.png', 'image/png', 3 * MIB);
    expect((await put(replaced, Buffer.alloc(3 * MIB), { 'content-type': 'image/png' })).status).toBe(503);
    await expect(
      store.storage.complete('r.mp4', id, (await store.storage.listParts('r.mp4', id)) ?? []),
    ).rejects.toThrow(/full/);
    rmSync(join(disk, 'ballast'));
    expect(store.files()).toEqual(before);
    expect((await send(await store.linkTo('evidence/x.png'))).text).toBe('first');
    await store.storage.complete('r.mp4', id, (await store.storage.listParts('r.mp4', id)) ?? []);
    expect(store.told.every(({ fields }) => !('file' in fields))).toBe(true);
  });
});
