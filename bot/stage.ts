// Everything a bot opens on its machine: display, sound server, browser. Opened together, closed in
// reverse order, and watched while it is open. A bot that does not record has a silent stage: it needs no
// sound server, so it starts none, and cannot be made to leave by the death of one.
import type { SubCode } from '@meeboter/domain/reasons.ts';
import { type Browser, type BrowserNeeds, loadLibrary, openBrowser } from './browser/browser.ts';
import type { Child } from './children.ts';
import { orAborted } from './clock.ts';
import { errorFields, type Log } from './log.ts';
import { MeetingFault } from './meeting.ts';
import { type Display, openDisplay } from './recorder/display.ts';
import { grabFrame, isFilled } from './recorder/frame.ts';
import { openSound, type Sound } from './recorder/sound.ts';

/** What it takes to attend a meeting. */
export interface SilentStage extends Pick<Browser, 'page' | 'guard'> {
  display: Display;
  /** The environment for programs on this stage. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/** What it takes to record it as well. */
export interface Stage extends SilentStage {
  sound: Sound;
}

export interface StageOptions {
  width: number;
  height: number;
  folder: string;
  chromiumPath: string;
  env: Record<string, string>;
  needs: BrowserNeeds;
  allowedOrigins: readonly string[];
  log: Log;
  signal: AbortSignal;
  /** Called when something on the stage dies. */
  onFault: (fault: MeetingFault) => void;
}

/** Opens the stage, or closes what it had opened and throws a MeetingFault. */
export function openStage(options: StageOptions & { silent: true }): Promise<SilentStage>;
export function openStage(options: StageOptions): Promise<Stage>;
export async function openStage(
  options: StageOptions & { silent?: boolean },
): Promise<SilentStage & Partial<Stage>> {
  const { width, height, folder, env, silent = false, log, signal, onFault } = options;
  const failure = silent ? 'browser_failed' : 'recorder_failed';
  const opened: Array<() => Promise<void>> = [];
  const close = async () => {
    for (const undo of opened.splice(0).reverse()) await undo();
  };
  /** Stops the child when the stage closes, and reports a fault if it dies before. */
  const keep = (name: string, child: Child) => {
    let closing = false;
    opened.push(async () => {
      closing = true;
      await child.stop();
    });
    child.exited.then(({ code, signal: by }) => {
      if (!closing) onFault(new MeetingFault(failure, `${name} died (${by ?? code})`));
    }, onFault);
  };
  const display = async () => {
    const it = await openDisplay({ width, height, env, signal });
    keep('Xvfb', it.child);
    return it;
  };
  const sound = async () => {
    const it = await openSound({ folder: `${folder}/sound`, env, signal });
    keep('PulseAudio', it.child);
    return it;
  };
  // Loading it takes about as long as the display does.
  loadLibrary(options.needs.library).catch(() => undefined);
  try {
    const [displayed, sounding] = await both(failure, display(), silent ? null : sound());
    const stageEnv = { ...env, ...sounding?.env, DISPLAY: displayed.name };
    const launch = openBrowser({
      ...options,
      display: displayed,
      env: stageEnv,
      sound: sounding !== null,
      onGone: (what) => onFault(new MeetingFault('browser_failed', what)),
    });
    opened.push(async () => (await launch.catch(() => null))?.close());
    const browser = await orAborted(launch, signal);
    const { page, guard } = browser;
    const stage = { display: displayed, page, guard, env: stageEnv, close };
    if (!sounding) return stage;
    await checkFrame(displayed, stageEnv, log);
    return { ...stage, sound: sounding };
  } catch (error) {
    await close();
    if (signal.aborted || error instanceof MeetingFault) throw error;
    throw new MeetingFault('browser_failed', `The browser did not start: ${String(error)}`, { cause: error });
  }
}

/** Waits for both, also when one fails, so that whatever started is known and can be closed. */
async function both<A, B>(subCode: SubCode, a: Promise<A>, b: Promise<B> | null): Promise<[A, B | null]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  const reason: unknown =
    first.status === 'rejected' ? first.reason : (second as PromiseRejectedResult).reason;
  throw new MeetingFault(subCode, reason instanceof Error ? reason.message : String(reason), {
    cause: reason,
  });
}

/** The recording shows the display, so the page has to fill it. The empty page is white. */
async function checkFrame(display: Display, env: Record<string, string>, log: Log): Promise<void> {
  try {
    const frame = await grabFrame(display, env, 'gray');
    if (!isFilled(frame, display.width, display.height)) log.warn('the browser does not fill the display');
  } catch (error) {
    log.warn('could not check whether the browser fills the display', {
      ...errorFields(error),
      stack: undefined,
    });
  }
}
