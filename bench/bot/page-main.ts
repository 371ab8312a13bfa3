// The meeting page alone: joins as the bot does, in the bot's browser on the bot's display and sound server, and then
// leaves the page to itself. Nothing watches it and nothing records it. The bench measures the processes below this one.
// Takes what it needs as JSON in its first argument, prints a line when it is in the call, and ends on SIGTERM.
import { claimAnswerSchema } from '@meeboter/domain/bot-protocol.ts';
import { parseEnv } from '../../bot/env.ts';
import { loadDriver } from '../../bot/platforms.ts';
import { Lease } from '../../bot/runtime/lease.ts';
import { openStage } from '../../bot/stage.ts';

const HOURS_MS = 12 * 3_600_000;
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const claim = claimAnswerSchema.parse(JSON.parse(process.argv[2] ?? ''));
const env = parseEnv(process.env, 'page');
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());

const driver = await loadDriver(claim);
const stage = await openStage({
  width: claim.recording.width,
  height: claim.recording.height,
  folder: env.workDir,
  chromiumPath: env.chromiumPath,
  env: env.childEnv,
  needs: driver.needs,
  allowedOrigins: claim.meeting.allowed_origins,
  log,
  signal: ending.signal,
  onFault: (fault) => {
    if (!ending.signal.aborted) process.stderr.write(`${fault.message}\n`);
  },
});
try {
  const meeting = await driver.create(stage, claim, log);
  const lease = new Lease({
    clock: { sinceBootMs: () => performance.now() },
    sinceMs: performance.now(),
    leaseMs: HOURS_MS,
    onLapsed: quiet,
  });
  const held = lease.held(ending.signal);
  await meeting.prepare(held);
  await meeting.knock(held);
  await meeting.admission(quiet, held);
  process.stdout.write('in the call\n');
  if (!ending.signal.aborted) {
    const forever = setInterval(quiet, HOURS_MS);
    await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }));
    clearInterval(forever);
  }
} finally {
  await stage.close();
}
process.exit(0);
