// What the recording holds, read from the file itself: how far each track goes,
// how many frames were left out, and where the picture stood still for long. The
// indexes of a fragmented MP4 name the start of each fragment (`tfdt`) and the
// duration of each sample (`trun`, or a default in `tfhd` or `trex`). The encoder
// uses no B-frames, so samples stand in the order in which they are shown.
import { type Box, boxesIn, findBox } from './boxes.ts';

/** A frame that stays this long or longer is a hole in the picture. */
export const HOLE_MIN_MS = 2_000;

// Flags of `tfhd` and `trun` that say which optional fields are there.
const TFHD_BASE_OFFSET = 0x01;
const TFHD_DESCRIPTION = 0x02;
const TFHD_DURATION = 0x08;
const TRUN_DATA_OFFSET = 0x01;
const TRUN_FIRST_FLAGS = 0x04;
const TRUN_DURATION = 0x100;
/** Duration, size, flags and composition offset of a sample: 4 bytes each. */
const TRUN_SAMPLE_FIELDS = [0x100, 0x200, 0x400, 0x800];

/** A stretch of the recording without a new picture. All times in ms from the start of the recording. */
export interface Hole {
  atMs: number;
  missingMs: number;
}

interface Track {
  isVideo: boolean;
  /** Units per second. */
  timescale: number;
  defaultDuration: number;
  endMs: number;
}

interface TrackRun {
  track: Track;
  /** In units of the track's timescale. */
  start: number;
  durations: number[];
}

export class Timeline {
  readonly #frameMs: number;
  readonly #onHole: (hole: Hole) => void;
  readonly #tracks = new Map<number, Track>();
  #frames = 0;
  #lastFrameAtMs = 0;
  #droppedFrames = 0;

  /** `onHole` is called once for each hole, in order, when the frame after it has arrived. */
  constructor(fps: number, onHole: (hole: Hole) => void) {
    this.#frameMs = 1_000 / fps;
    this.#onHole = onHole;
  }

  /** Up to here, in ms, the recording holds every track. 0 before the first fragment. */
  get completeMs(): number {
    return Math.min(...this.#ends());
  }

  /** Where the longest track ends, in ms: how long a player says that the recording is. */
  get lengthMs(): number {
    return Math.max(...this.#ends());
  }

  get frames(): number {
    return this.#frames;
  }

  /** Frames that the frame rate asks for and that are not there. Those missing in holes do not count. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Where a piece of the stream begins, in ms; null for one without media. */
  startMsOf(piece: Buffer): number | null {
    const starts = this.#runs(piece).map(({ track, start }) => (start * 1_000) / track.timescale);
    return starts.length > 0 ? Math.min(...starts) : null;
  }

  /** Takes the next piece that goes into the file. */
  add(piece: Buffer): void {
    const moov = findBox(piece, 'moov');
    if (moov) this.#readTracks(piece, moov);
    for (const { track, start, durations } of this.#runs(piece)) {
      let at = start;
      for (const duration of durations) {
        if (track.isVideo) this.#addFrame((at * 1_000) / track.timescale);
        at += duration;
      }
      track.endMs = Math.round((at * 1_000) / track.timescale);
    }
  }

  /** Compares the times of frames, not their durations: one that ends a fragment is not told how long it stays. */
  #addFrame(atMs: number): void {
    const sinceMs = atMs - this.#lastFrameAtMs;
    const missing = Math.round(sinceMs / this.#frameMs) - 1;
    if (this.#frames > 0 && sinceMs >= HOLE_MIN_MS) {
      const hole = { atMs: Math.round(this.#lastFrameAtMs), missingMs: Math.round(sinceMs - this.#frameMs) };
      this.#onHole(hole);
    }
    // The first frame stands for the time that the recorder needed to start.
    else if (this.#frames > 1) this.#droppedFrames += Math.max(0, missing);
    this.#frames += 1;
    this.#lastFrameAtMs = atMs;
  }

  #ends(): number[] {
    return this.#tracks.size > 0 ? [...this.#tracks.values()].map(({ endMs }) => endMs) : [0];
  }

  #readTracks(bytes: Buffer, moov: Box): void {
    for (const trak of boxesIn(bytes, moov.from, moov.to)) {
      if (trak.type !== 'trak') continue;
      const tkhd = findBox(bytes, 'tkhd', trak.from, trak.to);
      const mdia = findBox(bytes, 'mdia', trak.from, trak.to);
      const mdhd = mdia && findBox(bytes, 'mdhd', mdia.from, mdia.to);
      const hdlr = mdia && findBox(bytes, 'hdlr', mdia.from, mdia.to);
      if (!tkhd || !mdhd || !hdlr) continue;
      // Version, flags and two times come first; the times are twice as long in version 1.
      const afterTimes = ({ from }: Box) => from + (bytes[from] === 1 ? 20 : 12);
      this.#tracks.set(bytes.readUInt32BE(afterTimes(tkhd)), {
        isVideo: bytes.toString('latin1', hdlr.from + 8, hdlr.from + 12) === 'vide',
        timescale: bytes.readUInt32BE(afterTimes(mdhd)),
        defaultDuration: 0,
        endMs: 0,
      });
    }
    const mvex = findBox(bytes, 'mvex', moov.from, moov.to);
    for (const trex of mvex ? boxesIn(bytes, mvex.from, mvex.to) : []) {
      const track = trex.type === 'trex' && this.#tracks.get(bytes.readUInt32BE(trex.from + 4));
      if (track) track.defaultDuration = bytes.readUInt32BE(trex.from + 12);
    }
  }

  #runs(bytes: Buffer): TrackRun[] {
    const moof = findBox(bytes, 'moof');
    if (!moof) return [];
    return [...boxesIn(bytes, moof.from, moof.to)].flatMap((traf) => {
      if (traf.type !== 'traf') return [];
      const tfhd = findBox(bytes, 'tfhd', traf.from, traf.to);
      const tfdt = findBox(bytes, 'tfdt', traf.from, traf.to);
      const track = tfhd && this.#tracks.get(bytes.readUInt32BE(tfhd.from + 4));
      if (!tfhd || !tfdt || !track) return [];
      const isLong = bytes[tfdt.from] === 1;
      const start = isLong ? Number(bytes.readBigUInt64BE(tfdt.from + 4)) : bytes.readUInt32BE(tfdt.from + 4);
      const defaultDuration = durationOf(bytes, tfhd) ?? track.defaultDuration;
      const durations = [...boxesIn(bytes, traf.from, traf.to)].flatMap((trun) =>
        trun.type === 'trun' ? durationsOf(bytes, trun, defaultDuration) : [],
      );
      return [{ track, start, durations }];
    });
  }
}

/** The default duration of the samples in a `tfhd`; undefined where it has none. */
function durationOf(bytes: Buffer, { from }: Box): number | undefined {
  const flags = bytes.readUInt32BE(from);
  if (!(flags & TFHD_DURATION)) return undefined;
  const before = (flags & TFHD_BASE_OFFSET ? 8 : 0) + (flags & TFHD_DESCRIPTION ? 4 : 0);
  return bytes.readUInt32BE(from + 8 + before);
}

/** The durations of the samples in a `trun`. */
function durationsOf(bytes: Buffer, { from }: Box, defaultDuration: number): number[] {
  const flags = bytes.readUInt32BE(from);
  const count = bytes.readUInt32BE(from + 4);
  if (!(flags & TRUN_DURATION)) return new Array<number>(count).fill(defaultDuration);
  const first = from + 8 + (flags & TRUN_DATA_OFFSET ? 4 : 0) + (flags & TRUN_FIRST_FLAGS ? 4 : 0);
  const sampleBytes = 4 * TRUN_SAMPLE_FIELDS.filter((field) => flags & field).length;
  return Array.from({ length: count }, (_, index) => bytes.readUInt32BE(first + index * sampleBytes));
}
