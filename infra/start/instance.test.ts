import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runningIn } from './instance.ts';

const STARTS = 6;

it('gives a folder that a killed process left to one of many starts at once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'meeboter-instance-'));
  writeFileSync(join(home, 'instance.pid'), '1 1');
  const code = `
    import { takeInstance } from ${JSON.stringify(new URL('./instance.ts', import.meta.url).href)};
    process.stdout.write('ready');
    process.stdin.once('data', () => {
      let said = 'taken';
      try { takeInstance(${JSON.stringify(home)}); } catch (error) { said = error.message; }
      process.stdout.write(said);
    });`;
  const starts = Array.from({ length: STARTS }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  try {
    await Promise.all(starts.map(({ stdout }) => once(stdout, 'data')));
    for (const { stdin } of starts) stdin.write('go');
    const said = await Promise.all(starts.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])));
    expect(said.filter((words) => words === 'taken')).toHaveLength(1);
    const winner = starts[said.indexOf('taken')]?.pid;
    expect(runningIn(home)).toBe(winner);
    expect(readFileSync(join(home, 'instance.pid'), 'utf8')).toContain(`${winner} `);
    for (const words of said.filter((one) => one !== 'taken')) {
      expect(words).toMatch(/running in this folder already/);
    }
    expect(readdirSync(home)).toEqual(['instance.pid']);
  } finally {
    for (const start of starts) start.kill('SIGKILL');
    await Promise.all(starts.map((start) => start.exitCode ?? start.signalCode ?? once(start, 'exit')));
    expect(runningIn(home)).toBeUndefined();
    rmSync(home, { recursive: true, force: true });
  }
});
