// A bot program as a process, a fake API and a meeting that is one page: what the tests of the program share.
import { readdir, readFile } from 'node:fs/promises';
import type { ClaimAnswer } from '@meeboter/domain/bot-protocol.ts';
import { defaultClaim, type FakeApi, startFakeApi } from './fake-api.ts';
import { type RunningBot, runBotProcess, until } from './run-bot.ts';

/** The API and the bot of the latest booking. */
export let api: FakeApi;
export let bot: RunningBot;

/** The recording that a booking without one asks for. */
export const unrecorded = { recording: { ...defaultClaim('http://127.0.0.1').recording, enabled: false } };

/** Starts an API with this booking, and a bot for it. */
export async function book(
  claim: Partial<ClaimAnswer> = {},
  prepare: () => void = () => undefined,
  library = 'playwright',
): Promise<void> {
  api = await startFakeApi(claim);
  prepare();
  bot = await runBotProcess(api.origin, 'testing/main.ts', { MEEBOTER_TEST_LIBRARY: library });
}

/** Ends both, and fails when a process of the bot is left. */
export async function endBooking(): Promise<void> {
  await bot.clean();
  await until('no process left', async () => (await leftovers()).length === 0, 5_000);
  await api.close();
}

/** Admits the bot and waits until parts of its recording have arrived. */
export async function inCall(uploads = 2): Promise<void> {
  api.room.people = ['Ada'];
  api.room.admitted = true;
  await until('media', () => api.puts.length >= uploads);
}

/** Pids of processes that have this bot's scratch folder in their environment or command line. */
export async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [environ, command] = await Promise.all(
        ['environ', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
      );
      return `${environ}${command}`.includes(bot.workDir) ? pid : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

/** The names of the programs that this bot runs. */
export async function commands(): Promise<string[]> {
  const names = (await leftovers()).map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
  return (await Promise.all(names)).map((name) => name.trim());
}
