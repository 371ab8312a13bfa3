// Measures how long a second `npm start` takes: to the first status line of the demo bot, to IN_CALL, and to DONE.
// Run it from the repository's root:
//   npm run bench:start
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '@meeboter/chassis/env/read.ts';
import { freePort } from '../infra/embedded/free-port.ts';

const home = mkdtempSync(join(tmpdir(), 'meeboter-bench-'));
const env = {
  ...environment(),
  MEEBOTER_HOME: home,
  API_PORT: String(await freePort()),
  LAB_PORT: String(await freePort()),
};

/** Runs `npm start` until it prints `until`, then stops it with SIGINT. Returns the time to each mark, ms. */
async function timed(
  marks: Record<string, RegExp>,
  until: RegExp,
  extra = {},
): Promise<Record<string, number>> {
  const startedAt = performance.now();
  const npm = spawn('npm', ['start'], { env: { ...env, ...extra }, stdio: ['ignore', 'pipe', 'inherit'] });
  const times: Record<string, number> = {};
  let text = '';
  await new Promise<void>((done, failed) => {
    npm.stdout.on('data', (chunk) => {
      text += String(chunk);
      for (const [name, mark] of Object.entries(marks)) {
        if (mark.test(text)) times[name] ??= Math.round(performance.now() - startedAt);
      }
      if (until.test(text)) done();
    });
    npm.once('exit', () => failed(new Error(`npm start ended:\n${text}`)));
  });
  npm.removeAllListeners('exit');
  npm.kill('SIGINT');
  await once(npm, 'exit');
  return times;
}

try {
  await timed({}, /Ctrl-C stops it/, { MEEBOTER_DEMO: 'false' });
  const times = await timed(
    { 'servers up': /API key/, 'first status line': /SCHEDULED/, IN_CALL: /IN_CALL/, DONE: /DONE/ },
    /Ctrl-C stops it/,
  );
  for (const [name, ms] of Object.entries(times))
    process.stdout.write(`${name.padEnd(20)} ${(ms / 1_000).toFixed(1)} s\n`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
