// A machine for an image where there is no container engine: a Debian that mmdebstrap makes, kept between runs, and
// entered with chroot in namespaces of its own. Needs root.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signalProcess } from '../../deployer/platforms/local/processes.ts';
import type { ImageMachine } from './image.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, '.meeboter/rehearsal');
const RELEASE = 'bookworm';
/** As in the images that the Dockerfiles stand on. */
const NODE_USER = 1000;

/**
 * Makes the file system of an image's machine, with Node as the official image has it, and returns its folder. Kept in
 * `.meeboter/rehearsal` under the hash of its packages: a minute for the first time, with a browser. Throws when
 * mmdebstrap is missing.
 */
export function makeMachine({ packages, files }: ImageMachine): string {
  const key = createHash('sha256')
    .update(JSON.stringify([RELEASE, packages]))
    .digest('hex')
    .slice(0, 12);
  const base = join(CACHE, key);
  if (!existsSync(base)) {
    const making = `${base}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    // Node needs its C++ library.
    const include = ['libstdc++6', ...packages].join();
    execFileSync(
      'mmdebstrap',
      ['--variant=minbase', '--mode=root', `--include=${include}`, RELEASE, making],
      {
        stdio: 'pipe',
      },
    );
    execFileSync('chroot', [making, 'useradd', '--uid', String(NODE_USER), '--create-home', 'node']);
    for (const folder of ['app', 'var/lib/meeboter']) mkdirSync(join(making, folder), { recursive: true });
    renameSync(making, base);
  }
  copyFileSync(process.execPath, join(base, 'usr/local/bin/node'));
  for (const [from, to] of files) {
    mkdirSync(dirname(join(base, to)), { recursive: true });
    copyFileSync(join(ROOT, from), join(base, to));
    chmodSync(join(base, to), 0o755);
  }
  return base;
}

/** Mounts the machine and the image's /app as a container has them, and runs the program in it as the image's user. */
const ENTER = `
set -e
mount --make-rprivate /
mount --bind "$BASE" "$ROOT_DIR"
mount --bind "$APP" "$ROOT_DIR/app"
mount -t proc proc "$ROOT_DIR/proc"
mount --rbind /dev "$ROOT_DIR/dev"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT_DIR/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT_DIR/tmp"
mkdir -m 1777 "$ROOT_DIR/tmp/.X11-unix"
mount -t tmpfs -o mode=755,uid=${NODE_USER},gid=${NODE_USER} tmpfs "$ROOT_DIR/var/lib/meeboter"
cd "$ROOT_DIR"
exec chroot --userspec="$IMAGE_USER" "$ROOT_DIR" /usr/bin/env -i -C /app "$@"
`;

/** The deployer's container waits for its bots. */
const STOP_MS = 20_000;

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

export interface Container {
  process: ChildProcess;
  /** Resolves with the exit code; null when a signal ended it. */
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts a program of an image. `command`: instead of the image's own. `dir`: for its mount point and its log. */
export function enter(
  image: { base: string; app: string; machine: ImageMachine },
  options: { name: string; dir: string; env: Record<string, string>; command?: readonly string[] },
): Container {
  const { base, app, machine } = image;
  const rootDir = join(options.dir, `${options.name}-root`);
  mkdirSync(rootDir, { recursive: true });
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: machine.user === 'node' ? '/home/node' : '/root',
    ...machine.env,
    ...options.env,
  };
  const words = [
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(options.command ?? machine.command),
  ];
  const child = spawn('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', ENTER, 'enter', ...words], {
    env: {
      PATH: process.env.PATH ?? '',
      ...{
        BASE: base,
        APP: app,
        ROOT_DIR: rootDir,
        IMAGE_USER: machine.user === 'node' ? `${NODE_USER}:${NODE_USER}` : '0:0',
      },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(options.dir, `${options.name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return {
    process: child,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // The program is the first process of its namespace, and ends all others with it. unshare(1) only waits for it.
      const signal = (name: NodeJS.Signals) => {
        for (const pid of childrenOf(child.pid ?? 0)) signalProcess(pid, name);
      };
      signal('SIGTERM');
      const late = setTimeout(() => signal('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
