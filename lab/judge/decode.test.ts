import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodingErrors } from './decode.ts';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'decode-'));
  path = join(folder, 'sparse.mp4');
  // Every third picture in the first ten seconds, every one later: what a recorder with little CPU leaves.
  const sparse = "testsrc=size=320x180:rate=15:duration=20,select='if(lt(n,150),not(mod(n,3)),1)'";
  const fragments = ['-g', '30', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'];
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', sparse, '-fps_mode', 'vfr', '-bf', '0'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', ...fragments, path],
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a file whose beginning has few pictures plays without a complaint', () => {
  expect(decodingErrors(path)).toBe('');
});

test('a file that is damaged is complained of', () => {
  const damaged = readFileSync(path);
  damaged.fill(0x5a, Math.floor(damaged.length / 3), Math.floor(damaged.length / 2));
  writeFileSync(join(folder, 'damaged.mp4'), damaged);
  expect(decodingErrors(join(folder, 'damaged.mp4'))).not.toBe('');
});
