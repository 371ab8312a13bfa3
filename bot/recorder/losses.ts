// What a recording does not hold, and tells the API: gaps (where, how long, why) and
// the number of frames that were left out beside them.
//
// The API chooses the recording's id with its first upload URLs. Until it is known,
// what there is to tell waits here.
import { MAX_GAPS, type RecordingGap, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';

export interface LossesOptions {
  recordingId: () => string | null;
  report: (entry: ReportEntry) => void;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

export class Losses {
  readonly #options: LossesOptions;
  readonly #gaps: RecordingGap[] = [];
  /** Indexes of gaps that the API was not told yet, or not to their end. */
  readonly #untold = new Set<number>();
  #droppedFrames = 0;
  #droppedFramesTold = 0;

  constructor(options: LossesOptions) {
    this.#options = options;
  }

  /** Notes a gap that begins after those noted before. A long list ends with a gap that stands for all later ones. */
  addGap(gap: RecordingGap): void {
    this.#options.log.warn('a gap in the recording', { ...gap });
    const last = this.#gaps.at(-1);
    if (last && this.#gaps.length === MAX_GAPS) last.missing_ms += gap.missing_ms;
    else this.#gaps.push({ ...gap });
    this.#untold.add(this.#gaps.length - 1);
    this.tell();
  }

  /** Notes how many frames were left out so far. The API learns it with the next `tell`. */
  setDroppedFrames(count: number): void {
    this.#droppedFrames = count;
  }

  /** Reports what has not been reported yet. */
  tell(): void {
    const { recordingId, report, clock } = this.#options;
    const recording_id = recordingId();
    if (recording_id === null) return;
    const at = clock.now().toISOString();
    for (const index of this.#untold) {
      const gap = this.#gaps[index];
      if (gap) report({ kind: 'recording_gap', at, recording_id, ...gap });
    }
    this.#untold.clear();
    if (this.#droppedFrames === this.#droppedFramesTold) return;
    this.#droppedFramesTold = this.#droppedFrames;
    report({ kind: 'recording_frames', at, recording_id, dropped: this.#droppedFrames });
  }
}
