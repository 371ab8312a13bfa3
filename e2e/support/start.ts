// `npm start` as a process of its own, in a home of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../infra/embedded/free-port.ts';
import { eventually } from './eventually.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  process: ChildProcess;
  /** All it has printed so far. */
  text(): string;
  /** Its exit code. */
  ended: Promise<number | null>;
  /** Waits until it has printed this. */
  says(what: RegExp, deadlineMs?: number): Promise<RegExpMatchArray>;
}

export interface StartHome {
  dir: string;
  apiPort: number;
  labPort: number;
  /** Runs a command of the repository in this home; without one, `start.ts`. */
  run(env?: Record<string, string>, command?: string[]): Started;
  /** Processes that carry the home in their command or their environment: `<pid> <command>`. */
  processes(): string[];
  /** Waits until no process of this home is left. */
  untilNothingRuns(deadlineMs?: number): Promise<void>;
  /** Kills every process of this home. */
  killAll(): void;
  /** The same, and removes the home. */
  remove(): void;
}

/** A home that no start has seen yet. `dir`: an existing folder instead of a new one. */
export async function startHome(dir = mkdtempSync(join(tmpdir(), 'meeboter-home-'))): Promise<StartHome> {
  const apiPort = await freePort();
  const labPort = await freePort();

  const processes = () =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
      .flatMap((pid) => {
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
          const text = command + readFileSync(`/proc/${pid}/environ`, 'utf8');
          return text.includes(dir) ? [`${pid} ${command}`] : [];
        } catch {
          return [];
        }
      });

  const killAll = () => {
    for (const found of processes()) {
      try {
        process.kill(Number(found.split(' ')[0]), 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  };

  return {
    ...{ dir, apiPort, labPort, processes, killAll },
    run(env = {}, [command = process.execPath, ...args] = [process.execPath, 'start.ts']) {
      const child = spawn(command, args, {
        cwd: ROOT,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: process.env.HOME ?? '',
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          MEEBOTER_HOME: dir,
          API_PORT: String(apiPort),
          LAB_PORT: String(labPort),
          ...env,
        },
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          text += String(chunk);
        });
      return {
        process: child,
        text: () => text,
        // With its last words read.
        ended: once(child, 'close').then(([code]) => code as number | null),
        says: (what, deadlineMs = 60_000) =>
          eventually(`the start says ${what}`, () => text.match(what), { deadlineMs, seen: () => text }),
      };
    },
    untilNothingRuns: async (deadlineMs = 30_000) => {
      await eventually('nothing is left running', () => processes().length === 0, {
        deadlineMs,
        seen: processes,
      });
    },
    remove() {
      killAll();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
