// The sound server of one bot: PulseAudio with one null sink, which the browser plays
// into and ffmpeg records from. It reads no configuration file, so the machine's own
// settings have no effect. It has a socket of its own, so bots on one machine do not
// hear each other.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Child, startChild } from '../children.ts';
import { sleep } from '../clock.ts';

const START_TIMEOUT_MS = 15_000;
const SINK = 'meeboter';

export interface Sound {
  /** The environment for its clients: the browser and ffmpeg. */
  env: { PULSE_SERVER: string; PULSE_RUNTIME_PATH: string };
  /** The PulseAudio source that ffmpeg records from. */
  source: string;
  child: Child;
}

/** Starts PulseAudio. Resolves when it accepts connections and the sink exists; throws when that takes more than 15 s. */
export async function openSound(options: {
  folder: string;
  env: Record<string, string>;
  signal: AbortSignal;
}): Promise<Sound> {
  const { folder, signal } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const socket = join(folder, 'native');
  // HOME too: PulseAudio looks there for a cookie and for configuration files.
  const own = { PULSE_RUNTIME_PATH: folder, XDG_RUNTIME_DIR: folder, HOME: folder };
  const child = startChild(
    'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--use-pid-file=no',
      '--exit-idle-time=-1',
      '--disallow-exit',
      '--log-target=stderr',
      '--log-level=error',
      // The sink before the socket: once the socket accepts connections, the sink exists.
      '-L',
      `module-null-sink sink_name=${SINK} rate=48000 channels=2 norewinds=1`,
      '-L',
      `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ],
    { env: { ...options.env, ...own }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    await connectable(socket, child, AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]));
  } catch (cause) {
    await child.stop();
    throw new Error(`PulseAudio did not start: ${child.stderrTail() || String(cause)}`, { cause });
  }
  return {
    env: { PULSE_SERVER: `unix:${socket}`, PULSE_RUNTIME_PATH: folder },
    source: `${SINK}.monitor`,
    child,
  };
}

async function connectable(socket: string, child: Child, signal: AbortSignal): Promise<void> {
  let gone = false;
  child.exited.then(
    () => {
      gone = true;
    },
    () => undefined,
  );
  for (;;) {
    if (gone) throw new Error('it exited');
    const attempt = connect(socket);
    try {
      await once(attempt, 'connect', { signal });
      return;
    } catch {
      await sleep(20, signal);
    } finally {
      attempt.destroy();
    }
  }
}
