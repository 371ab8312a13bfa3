// `npm start`: everything in one process, a demo account, and a demo bot in a lab
// meeting. Ctrl-C stops all of it in order, and so does a terminal that is closed or
// a pipe that nobody reads any more (`npm start | head`): this program is for a
// person who watches it. Servers under a supervisor (api/main.ts and the others) go
// on without a reader.
import { join } from 'node:path';
import { environment } from '@meeboter/chassis/env/read.ts';
import type { StartSettings } from '@meeboter/chassis/env/start.ts';
import { onStopSignal } from '@meeboter/chassis/lifecycle.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { fileDestination } from '@meeboter/chassis/log-destination.ts';
import { runDemo } from './infra/start/demo.ts';
import { demoApiKey } from './infra/start/demo-account.ts';
import { type Everything, prepare, startEverything } from './infra/start/everything.ts';
import { onReaderGone } from './infra/start/reader.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

// A meeting of about half a minute: long enough to see and hear everybody once.
const DEMO_MEETING = {
  participants: 3,
  turns: 'rotate',
  turn_ms: 4_000,
  admit_after_ms: 2_000,
  everyone_leaves_after_ms: 24_000,
} as const;
// A meeting that goes on, for the curl line and for people.
const OPEN_MEETING = { participants: 3, turns: 'rotate', turn_ms: 4_000, admit_after_ms: 2_000 } as const;

/** How long a stop may take from the second Ctrl-C on. */
const HURRIED_STOP_MS = 15_000;

async function main(): Promise<void> {
  const stopping = new AbortController();
  const hurry = new AbortController();
  let everything: Everything | undefined;
  const stop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    print('\nStopping: bots leave their meetings first. Ctrl-C again to hurry.');
  };
  onStopSignal(stop, () => {
    hurry.abort();
    setTimeout(() => {
      print(`Not stopped in time. Still open: ${everything?.open().join(', ') ?? 'all of it'}`);
      process.exit(1);
    }, HURRIED_STOP_MS).unref();
  });
  onReaderGone(stop);
  // An error event that nobody listens to would end the process without a stop.
  process.stderr.on('error', () => undefined);

  const prepared = prepare(environment());
  const { home, start } = prepared;
  process.on('exit', prepared.release);
  const logFile = join(home, 'meeboter.log');
  const log = createLog({ level: prepared.env.LOG_LEVEL || 'info', destination: fileDestination(logFile) });

  print('Starting Meeboter …');
  everything = await startEverything(prepared, log);
  if (!stopping.signal.aborted) {
    const work = welcome(everything, home, logFile, start.MEEBOTER_DEMO, stopping.signal);
    await work.catch((error: unknown) => {
      if (!stopping.signal.aborted)
        print(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
    });
  }
  await new Promise<void>((resolveWait) => {
    if (stopping.signal.aborted) resolveWait();
    else stopping.signal.addEventListener('abort', () => resolveWait(), { once: true });
  });
  await everything.stop(hurry.signal);
  print('Stopped.');
}

async function welcome(
  { api, lab, secrets, settings }: Everything,
  home: string,
  logFile: string,
  demo: StartSettings['MEEBOTER_DEMO'],
  signal: AbortSignal,
): Promise<void> {
  const key = await demoApiKey(api, home, secrets);
  const open = lab.createMeeting({ ...OPEN_MEETING, platform: demo || 'google-meet' });
  print(`
  API            ${api.url}
  Documentation  ${api.url}/docs
  API key        ${key}
  Queues         ${api.url}/queues   (sign in as ${secrets.demo_email}, password ${secrets.demo_password})
  Lab meeting    ${open.url}   (open it in a browser)
  Log            ${logFile}
  Queue          ${settings.REDIS_URL ? 'Redis' : 'PostgreSQL'}

  Book a bot:

  curl -X POST ${api.url}/v1/bots -H 'Authorization: Bearer ${key}' \\
    -H 'Content-Type: application/json' -d '{"meeting_url": "${open.url}"}'
`);
  if (demo) {
    const meeting = lab.createMeeting({ ...DEMO_MEETING, platform: demo });
    print(`  A demo bot joins ${meeting.url}\n`);
    await runDemo({ apiUrl: api.url, apiKey: key, meetingUrl: meeting.url, print, signal });
  }
  if (!signal.aborted) print('\n  Meeboter is running. Ctrl-C stops it.');
}

try {
  await main();
  process.exit(0);
} catch (error) {
  print(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
