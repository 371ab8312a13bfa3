// Measures what a bot costs: CPU seconds per second of meeting, memory, and bytes of recording per minute. Measures a
// bot that records and, as the baseline in the same run, one that only attends:
//   npm run bench:recording [-- --seconds 40 --people 4]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { environment } from '@meeboter/chassis/env/read.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { z } from 'zod';
import { freePort } from '../infra/embedded/free-port.ts';
import { demoApiKey } from '../infra/start/demo-account.ts';
import { type Everything, prepare, startEverything } from '../infra/start/everything.ts';
import { usageOf } from './process-tree.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '40' }, people: { type: 'string', default: '4' } },
});
const seconds = z.coerce.number().int().min(5).max(3_600).parse(values.seconds);
const people = z.coerce.number().int().min(1).max(16).parse(values.people);
const MIB = 1024 * 1024;
/** Not measured: the page finishes loading and the encoder fills its buffers. */
const WARM_UP_MS = 5_000;

interface Cost {
  cores: number;
  pssMib: number;
  mibPerMinute: number;
}

const home = mkdtempSync(join(tmpdir(), 'meeboter-bench-'));
const env = {
  ...environment(),
  MEEBOTER_HOME: home,
  API_PORT: String(await freePort()),
  LAB_PORT: String(await freePort()),
};
const log = createLog({ level: 'silent' });
const everything = await startEverything(prepare(env), log);
try {
  const key = await demoApiKey(everything.api, home, everything.secrets);
  const attending = await costOf(everything, key, false);
  const recording = await costOf(everything, key, true);
  const line = (name: string, cost: Cost) =>
    `${name.padEnd(22)} ${cost.cores.toFixed(3)} CPU-s/s   ${cost.pssMib.toFixed(0)} MiB PSS   ${cost.mibPerMinute.toFixed(2)} MiB/min`;
  process.stdout.write(
    `${people} people, 1280x720, 15 fps, ${seconds} s measured\n${line('page without recording', attending)}\n${line('with recording', recording)}\n` +
      `ratio                  ${(recording.cores / attending.cores).toFixed(2)} CPU            ${(recording.pssMib / attending.pssMib).toFixed(2)} memory\n`,
  );
} finally {
  await everything.stop(AbortSignal.timeout(30_000));
  rmSync(home, { recursive: true, force: true });
}

async function costOf({ api, lab, settings }: Everything, key: string, records: boolean): Promise<Cost> {
  const meeting = lab.createMeeting({ participants: people, admit_after_ms: 500 });
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await response.json()) as {
      id: string;
      status: string;
      data: { bytes: number; duration_seconds: number }[];
    };
  };
  const bot = await call('POST', '/v1/bots', { meeting_url: meeting.url, recording: { enabled: records } });
  const untilStatus = async (status: string) => {
    for (;;) {
      const now = (await call('GET', `/v1/bots/${bot.id}`)).status;
      if (now === status) return;
      if (now === 'FATAL') throw new Error(`the bot failed on its way to ${status}`);
      await delay(200);
    }
  };
  await untilStatus('IN_CALL');
  await delay(WARM_UP_MS);
  const before = await usageOf(settings.RUNTIME_DIR);
  const startedAt = performance.now();
  await delay(seconds * 1_000);
  const after = await usageOf(settings.RUNTIME_DIR);
  const measuredSeconds = (performance.now() - startedAt) / 1_000;
  await call('DELETE', `/v1/bots/${bot.id}`);
  await untilStatus('DONE');
  const [file] = (await call('GET', `/v1/bots/${bot.id}/recordings`)).data;
  return {
    cores: (after.cpuSeconds - before.cpuSeconds) / measuredSeconds,
    pssMib: after.pssBytes / MIB,
    mibPerMinute: file ? file.bytes / MIB / (file.duration_seconds / 60) : 0,
  };
}
