// Everything that `npm start` runs, for bots that are measured: books them and waits for what they do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environment } from '@meeboter/chassis/env/read.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { z } from 'zod';
import { freePort } from '../../infra/embedded/free-port.ts';
import { demoApiKey } from '../../infra/start/demo-account.ts';
import { type Everything, prepare, startEverything } from '../../infra/start/everything.ts';
import { closing } from '../control-plane/cleanup.ts';

const botSchema = z.object({
  id: z.string(),
  status: z.string(),
  sub_code: z.string().nullable(),
  phases: z.record(z.string(), z.string().nullable()),
});
export type BotView = z.infer<typeof botSchema>;

const DEADLINE_MS = 180_000;
const POLL_MS = 100;

export interface BotWorld extends Pick<Everything, 'lab' | 'settings'> {
  /** Scratch folder; deleted at the end. */
  dir: string;
  book(meetingUrl: string): Promise<BotView>;
  until(id: string, status: string): Promise<BotView>;
  /** Has the bot leave, and waits until it is done. */
  leave(id: string): Promise<BotView>;
}

export async function startBotWorld(): Promise<BotWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-bench-'));
  const env = {
    ...environment(),
    MEEBOTER_HOME: dir,
    API_PORT: String(await freePort()),
    LAB_PORT: String(await freePort()),
  };
  const everything = await startEverything(prepare(env), createLog({ level: 'silent' }));
  closing(async () => {
    await everything.stop(AbortSignal.timeout(30_000));
    rmSync(dir, { recursive: true, force: true });
  });
  const { api, lab, settings, secrets } = everything;
  const key = await demoApiKey(api, dir, secrets);
  const call = async (method: string, path: string, body?: unknown): Promise<BotView> => {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return botSchema.parse(await response.json());
  };
  const until: BotWorld['until'] = async (id, status) => {
    for (const end = Date.now() + DEADLINE_MS; ; await delay(POLL_MS)) {
      const bot = await call('GET', `/v1/bots/${id}`);
      if (bot.status === status) return bot;
      const lost = bot.status === 'FATAL' || Date.now() > end;
      if (lost) throw new Error(`the bot is ${bot.status} (${bot.sub_code}), not ${status}`);
    }
  };
  return {
    ...{ lab, settings, dir, until },
    book: (meetingUrl) => call('POST', '/v1/bots', { meeting_url: meetingUrl }),
    async leave(id) {
      await call('DELETE', `/v1/bots/${id}`);
      return until(id, 'DONE');
    },
  };
}
