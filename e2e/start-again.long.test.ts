// Ctrl-C at `npm start` while a bot is in a call, and the start after it.
import { afterAll, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { startHome } from './support/start.ts';

const NO_DEMO = { MEEBOTER_DEMO: 'false' };
const home = await startHome();
afterAll(() => home.remove());

it('starts again where it left off, with a bot in the call when Ctrl-C comes', async () => {
  const started = home.run(NO_DEMO);
  const key = (await started.says(/API key\s+(mbk_\w+)/))[1] ?? '';
  const meeting = (await started.says(/Lab meeting\s+(http\S+)/))[1] ?? '';
  const api = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${home.apiPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await response.json()) as { id: string; status: string; data: { status: string }[] };
  };
  await started.says(/Ctrl-C stops it/);

  const bot = await api('POST', '/v1/bots', { meeting_url: meeting });
  await eventually(
    'the bot is in the call',
    async () => (await api('GET', `/v1/bots/${bot.id}`)).status === 'IN_CALL',
    { deadlineMs: 60_000 },
  );
  started.process.kill('SIGINT');
  expect(await started.ended).toBe(0);
  await home.untilNothingRuns();

  const again = home.run(NO_DEMO);
  expect((await again.says(/API key\s+(mbk_\w+)/))[1]).toBe(key);
  await again.says(/Ctrl-C stops it/);
  const after = (await api('GET', `/v1/bots/${bot.id}`)) as unknown as { status: string; end_reason: string };
  expect(after).toMatchObject({ status: 'DONE', end_reason: 'shutdown' });
  const recordings = await api('GET', `/v1/bots/${bot.id}/recordings`);
  expect(recordings.data.map((it) => it.status)).toEqual(['ready']);
  again.process.kill('SIGTERM');
  expect(await again.ended).toBe(0);
}, 180_000);
