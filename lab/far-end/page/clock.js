// The grid that flashes and beeps share: the wall clock, cut into 2 s, so that
// every participant of every meeting flashes and beeps at the same moment.
export const GRID_MS = 2000;
export const PULSE_MS = 120;
export const FRAME_MS = 1000 / 15;

/** Wall clock in ms, finer than Date.now(). */
export const now = () => performance.timeOrigin + performance.now();

/** The next multiple of `step` after now, and a bit: a timer may fire a little early. */
export const nextMultiple = (step) => (Math.floor((now() + 2) / step) + 1) * step;
