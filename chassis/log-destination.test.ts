// Real processes, real destinations: a full disk, a reader that went away, a reader that does not read.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/eventually.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

/**
 * A program that logs `size` characters whenever it reads a line with that number, and then answers on
 * stderr how often it has done so and how many lines it has dropped. Its log goes to `stdout` or to a file.
 */
function logger(
  stdout: number | 'pipe',
  file?: string,
): ChildProcess & { say(size: number): Promise<string> } {
  const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    import { createInterface } from 'node:readline';
    import { createLog } from ${here('./log.ts')};
    import { fileDestination } from ${here('./log-destination.ts')};
    import { registry } from ${here('./metrics.ts')};
    const log = createLog({ level: 'info'${file === undefined ? '' : `, destination: fileDestination(${JSON.stringify(file)})`} });
    let logged = 0;
    for await (const size of createInterface({ input: process.stdin })) {
      log.info({ n: ++logged, text: 'x'.repeat(Number(size)) }, 'line');
      // The outcome of a write to a pipe comes later.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const dropped = await registry.getSingleMetric('meeboter_log_lines_dropped_total').get();
      process.stderr.write(logged + ' ' + dropped.values[0].value + '\\n');
    }
    process.stderr.write('ended\\n');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['pipe', stdout, 'pipe'],
  });
  undo.push(() => child.kill('SIGKILL'));
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  let asked = 0;
  return Object.assign(child, {
    async say(size: number) {
      child.stdin?.write(`${size}\n`);
      asked += 1;
      return eventually(`answer ${asked}`, () => words.match(new RegExp(`^${asked} .*$`, 'm'))?.[0], {
        seen: () => words,
      });
    },
  });
}

/** A folder on a disk of one MiB; null where this user may not mount one. */
function tinyDisk(): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-disk-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return null;
  }
  undo.push(() => execFileSync('umount', ['--lazy', dir]));
  return dir;
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      try {
        return JSON.parse(line) as { n?: number; dropped_lines?: number };
      } catch {
        return 'torn';
      }
    });

describe('a log whose disk is full', () => {
  it.for(['standard output', 'a file'])(
    'drops lines, goes on when there is room, and says what is missing: %s',
    async (kind, { skip }) => {
      const disk = tinyDisk();
      if (disk === null) return skip('this user may not mount a disk');
      const ballast = join(disk, 'ballast');
      const file = join(disk, 'log');
      const stdout = openSync(kind === 'a file' ? '/dev/null' : file, 'a');
      const program = logger(stdout, kind === 'a file' ? file : undefined);
      closeSync(stdout);
      expect(await program.say(10)).toBe('1 0');
      // Room for a part of the next line.
      writeFileSync(ballast, Buffer.alloc(1_000 * 1024));
      expect(await program.say(100_000)).toBe('2 1');
      expect(await program.say(10_000)).toBe('3 2');
      rmSync(ballast);
      expect(await program.say(10)).toBe('4 2');
      expect(await program.say(10)).toBe('5 2');
      const lines = linesOf(readFileSync(file, 'utf8'));
      expect(lines).toMatchObject([{ n: 1 }, 'torn', { dropped_lines: 2 }, { n: 4 }, { n: 5 }]);
    },
  );

  it('goes on where no line is ever taken', async () => {
    const full = openSync('/dev/full', 'a');
    const program = logger(full);
    closeSync(full);
    expect(await program.say(10)).toBe('1 1');
    expect(await program.say(10)).toBe('2 2');
    program.stdin?.end();
    expect(await once(program, 'exit')).toEqual([0, null]);
  });
});

describe('a log that is piped', () => {
  it('goes on when its reader is gone', async () => {
    const program = logger('pipe');
    expect(await program.say(10)).toBe('1 0');
    program.stdout?.destroy();
    await eventually('the pipe is closed', async () => / [1-9]/.test(await program.say(10)));
    program.stdin?.end();
    expect(await once(program, 'exit')).toEqual([0, null]);
  });

  it('keeps a few MiB for a reader that does not read, drops the rest, and says how much', async () => {
    const program = logger('pipe');
    program.stdout?.pause();
    for (let n = 1; n <= 8; n += 1) await program.say(1024 * 1024);
    const [, dropped = 0] = (await program.say(10)).split(' ').map(Number);
    expect(dropped).toBeGreaterThan(2);
    let text = '';
    program.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    program.stdout?.resume();
    // What it kept is read first; then it takes lines again.
    await eventually('the log goes on', async () => {
      await program.say(10);
      return linesOf(text).some((line) => line !== 'torn' && (line.dropped_lines ?? 0) >= dropped);
    });
  });
});
