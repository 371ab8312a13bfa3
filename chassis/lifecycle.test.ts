import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { Closers } from './lifecycle.ts';
import { createLog } from './log.ts';

const never = () => new Promise<void>(() => undefined);

describe('what is to be closed', () => {
  it('is closed newest first, with what others stand on last', async () => {
    const closed: string[] = [];
    const closers = new Closers(1_000);
    for (const name of ['queue', 'http']) closers.add(name, () => void closed.push(name));
    closers.addBase('database', () => void closed.push('database'));
    expect(closers.open()).toEqual(['database', 'queue', 'http']);
    await Promise.all([closers.close(), closers.close()]);
    expect(closed).toEqual(['http', 'queue', 'database']);
    expect(closers.open()).toEqual([]);
  });

  it('shares the grace time; what hangs or fails is named and keeps nothing else open', async () => {
    const said: string[] = [];
    const log = createLog({ level: 'warn', destination: { write: (line) => said.push(line) } });
    const told: number[] = [];
    const closers = new Closers(100);
    closers.add('last', (leftMs) => void told.push(leftMs));
    closers.add('broken', () => Promise.reject(new Error('broken pipe')));
    closers.add('frozen', (leftMs) => {
      told.push(leftMs);
      return never();
    });
    const fromMs = performance.now();
    await closers.close(log);
    expect(performance.now() - fromMs).toBeLessThan(closers.withinMs);
    expect(told).toEqual([250, 250]);
    expect(closers.open()).toEqual(['broken', 'frozen']);
    expect(said.map((line) => JSON.parse(line))).toMatchObject([
      { part: 'frozen', err: { message: 'no answer within 500 ms' } },
      { part: 'broken', err: { message: 'broken pipe' } },
    ]);
  });
});

describe('a program', () => {
  const processes: ChildProcess[] = [];
  afterEach(() => {
    for (const child of processes.splice(0)) child.kill('SIGKILL');
  });

  /** Runs a program whose `start` is this code. */
  function run(start: string) {
    const lifecycle = JSON.stringify(new URL('./lifecycle.ts', import.meta.url).href);
    // Something that keeps it alive, and a first word that says that it runs.
    const code = `import { runProgram } from ${lifecycle}; setInterval(() => {}, 1000);
      const up = () => process.stdout.write('up'); await runProgram(async () => { ${start} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'pipe' });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    const closed = once(child, 'close');
    processes.push(child);
    return { child, up: once(child.stdout, 'data'), ended: closed.then(() => [child.exitCode, words]) };
  }

  it('is ended as it is when its stop keeps to no time, and says what was open', async () => {
    const { child, up, ended } = run(
      `up(); return { stop: () => new Promise(() => {}), stopWithinMs: 0, open: () => ['queue', 'bots'] };`,
    );
    await up;
    child.kill('SIGTERM');
    expect(await ended).toEqual([1, 'Not stopped within 1000 ms. Still open: queue, bots\n']);
  });

  it('ends at once when it is told to while it starts', async () => {
    const { child, up, ended } = run('up(); await new Promise(() => {});');
    await up;
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, '']);
  });

  it('stops in order when its terminal is closed, and takes no further SIGHUP for a second signal', async () => {
    const { child, up, ended } = run(
      `up(); return { stopWithinMs: 0, open: () => [], stop: async () => {
        const told = new Promise((resolve) => process.stdin.once('data', resolve));
        process.stderr.write('stopping');
        await told;
        process.stderr.write(' stopped');
      } };`,
    );
    await up;
    child.kill('SIGHUP');
    await once(child.stderr, 'data');
    child.kill('SIGHUP');
    child.stdin.write('go');
    expect(await ended).toEqual([0, 'stopping stopped']);
  });

  it('goes on when nobody reads its output any more', async () => {
    const { child, up, ended } = run(
      `up(); setInterval(() => process.stdout.write('tick'), 5);
       process.stdout.once('close', () => setImmediate(() => process.exit(7)));
       return { stop: async () => {}, stopWithinMs: 0, open: () => [] };`,
    );
    await up;
    child.stdout.destroy();
    expect(await ended).toEqual([7, '']);
  });

  it('says why it does not start', async () => {
    const { ended } = run(`throw new Error('the port is taken');`);
    expect(await ended).toEqual([1, 'the port is taken\n']);
  });
});
