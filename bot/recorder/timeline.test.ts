// Files are made by ffmpeg with the recorder's own encoder options, with frames left out on purpose.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { FragmentSplitter } from './fragments.ts';
import { type Hole, Timeline } from './timeline.ts';

const FPS = 15;

/** A recording of `seconds`, with the frames that `keep` (an ffmpeg expression of `n`, the frame's number) selects. */
function made(seconds: number, keep: string, { audioSeconds = seconds } = {}): Buffer[] {
  const { stdout, stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc=s=160x90:r=${FPS}:d=${seconds}`],
      ...['-f', 'lavfi', '-i', `sine=r=48000:d=${audioSeconds}`],
      ...[
        '-vf',
        `select='${keep}'`,
        '-fps_mode',
        'vfr',
        '-c:v',
        'libx264',
        '-bf',
        '0',
        '-g',
        '30',
        '-c:a',
        'aac',
      ],
      ...[
        '-f',
        'mp4',
        '-movflags',
        '+frag_keyframe+empty_moov+default_base_moof',
        '-frag_duration',
        '1000000',
        '-',
      ],
    ],
    { maxBuffer: 100_000_000 },
  );
  expect(stderr.toString()).toBe('');
  return new FragmentSplitter().push(stdout);
}

function read(pieces: Buffer[]): { timeline: Timeline; holes: Hole[] } {
  const holes: Hole[] = [];
  const timeline = new Timeline(FPS, (hole) => holes.push(hole));
  for (const piece of pieces) timeline.add(piece);
  return { timeline, holes };
}

test('a whole recording has its length, all frames and no hole', () => {
  const { timeline, holes } = read(made(8, '1'));
  expect(timeline).toMatchObject({ frames: 120, droppedFrames: 0 });
  expect(Math.abs(timeline.completeMs - 8_000)).toBeLessThan(30);
  expect(Math.abs(timeline.lengthMs - 8_000)).toBeLessThan(30);
  expect(holes).toEqual([]);
});

test('frames that were left out are counted, and are no hole', () => {
  const { timeline, holes } = read(made(8, 'not(mod(n,2))'));
  expect(timeline).toMatchObject({ frames: 60 });
  // 60 are missing: one follows the first frame, which is not counted, and one is the last of all.
  expect(timeline.droppedFrames).toBe(58);
  expect(holes).toEqual([]);
});

test('holes are found where they are, at the start and between fragments too', () => {
  const { timeline, holes } = read(made(20, 'eq(n,0)+between(n,45,89)+gt(n,164)'));
  const expected = [
    { atMs: 0, missingMs: 2_933 },
    { atMs: 5_933, missingMs: 5_000 },
  ];
  expect(holes).toHaveLength(expected.length);
  for (const [index, { atMs, missingMs }] of expected.entries()) {
    // The sound begins a packet of 21 ms before the picture.
    expect(Math.abs((holes[index]?.atMs ?? 0) - atMs)).toBeLessThan(30);
    expect(Math.abs((holes[index]?.missingMs ?? 0) - missingMs)).toBeLessThan(30);
  }
  expect(timeline.droppedFrames).toBe(0);
});

test('is complete as far as its shorter track goes', () => {
  const { timeline } = read(made(6, '1', { audioSeconds: 4 }));
  expect(Math.abs(timeline.completeMs - 4_000)).toBeLessThan(50);
  expect(Math.abs(timeline.lengthMs - 6_000)).toBeLessThan(50);
});

test('tells where each fragment begins, and of what is no media that it begins nowhere', () => {
  const pieces = made(5, '1');
  const { timeline } = read(pieces);
  const starts = pieces.map((piece) => timeline.startMsOf(piece));
  expect(starts.slice(0, 3)).toEqual([null, null, 0]);
  const media = starts.flatMap((start) => (start === null ? [] : [Math.round(start)]));
  expect(media.length).toBeGreaterThan(3);
  expect(media).toEqual([...media].sort((a, b) => a - b));
  expect(media.at(-1)).toBeGreaterThan(3_500);
});

test('a file without media is empty', () => {
  const { timeline, holes } = read(made(3, '1').slice(0, 2));
  expect([timeline.completeMs, timeline.lengthMs, timeline.frames, holes]).toEqual([0, 0, 0, []]);
});
