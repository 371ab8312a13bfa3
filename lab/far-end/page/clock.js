// The times of flashes and beeps: every full 2 s of the machine's clock, so that every
// participant of every meeting flashes and beeps at the same moment.
export const GRID_MS = 2000;
export const PULSE_MS = 120;
export const FRAME_MS = 1000 / 15;

/** The machine's clock in ms, finer than Date.now(). */
export const now = () => performance.timeOrigin + performance.now();

/** The next multiple of `step`, at least 2 ms from now, because a timer may fire a little early. */
export const nextMultiple = (step) => (Math.floor((now() + 2) / step) + 1) * step;
