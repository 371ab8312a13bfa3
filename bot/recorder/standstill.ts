// Notices when this process itself did not run for a while: its machine was paused or
// asleep, its container was frozen, or it got no processor time.

/** A timer that is late by more than this was not merely late. */
const LATE_MS = 1_000;

interface Span {
  fromMs: number;
  toMs: number;
}

export class Standstills {
  readonly #nowMs: () => number;
  readonly #everyMs: number;
  #spans: Span[] = [];
  #lookedAtMs: number;

  /** `nowMs`: the clock that the spans are told in, which has to go on during a standstill. `look` is to be called every `everyMs`. */
  constructor(nowMs: () => number, everyMs: number) {
    this.#nowMs = nowMs;
    this.#everyMs = everyMs;
    this.#lookedAtMs = nowMs();
  }

  look(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedAtMs > this.#everyMs + LATE_MS) {
      this.#spans = [...this.#spans.slice(-99), { fromMs: this.#lookedAtMs, toMs: nowMs }];
    }
    this.#lookedAtMs = nowMs;
  }

  /** True when the process stood still for at least half of a span. */
  covers({ fromMs, toMs }: Span): boolean {
    const stoodMs = this.#spans
      .map((span) => Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs))
      .reduce((sum, overlap) => sum + Math.max(0, overlap), 0);
    return stoodMs >= (toMs - fromMs) / 2;
  }
}
