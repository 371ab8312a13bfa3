// The demo: books a bot into a lab meeting and prints what happens to it as it
// happens, through the same API that everybody uses.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const botSchema = z.object({ id: z.string(), status: z.string() });
const eventsSchema = z.object({
  data: z.array(
    z.object({
      type: z.string(),
      sub_code: z.string().nullable(),
      at: z.string(),
      payload: z.object({ to: z.string().optional(), name: z.string().optional() }).loose(),
    }),
  ),
  next_cursor: z.string().nullable(),
});
const recordingsSchema = z.object({
  data: z.array(
    z.object({
      status: z.string(),
      bytes: z.number(),
      duration_seconds: z.number().nullable(),
      download_url: z.string().nullable(),
    }),
  ),
});
const participantsSchema = z.object({
  data: z.array(z.object({ name: z.string(), spoke_seconds: z.number() })),
});

const TERMINAL = ['DONE', 'FATAL', 'CANCELLED'];
const POLL_MS = 250;

export interface DemoOptions {
  apiUrl: string;
  apiKey: string;
  meetingUrl: string;
  print(line: string): void;
  signal: AbortSignal;
}

/** Books the demo bot and prints its life, then what it brought home. Ends early when the signal is aborted. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { print, signal } = options;
  const bot = botSchema.parse(
    await call(options, 'POST', '/v1/bots', {
      meeting_url: options.meetingUrl,
      display_name: 'Meeboter demo',
      automatic_leave: { everyone_left_timeout_seconds: 2 },
      metadata: { demo: 'true' },
    }),
  );
  const path = `/v1/bots/${bot.id}`;
  let seen = 0;
  let status = '';
  while (!signal.aborted && !TERMINAL.includes(status)) {
    const { data } = eventsSchema.parse(await call(options, 'GET', `${path}/events?limit=200`));
    for (const event of data.slice(seen)) {
      const time = event.at.slice(11, 23);
      if (event.payload.to !== undefined) {
        status = event.payload.to;
        print(`  ${time}  ${status.padEnd(16)} ${event.sub_code ?? ''}`);
      } else if (/^participant\.(joined|left)$/.test(event.type)) {
        print(`  ${time}  ${''.padEnd(16)} ${event.payload.name} ${event.type.replace('participant.', '')}`);
      }
    }
    seen = data.length;
    await delay(POLL_MS);
  }
  if (signal.aborted) return;
  await printHarvest(options, path);
}

async function printHarvest(options: DemoOptions, path: string): Promise<void> {
  const recordings = recordingsSchema.parse(await call(options, 'GET', `${path}/recordings`));
  const participants = participantsSchema.parse(await call(options, 'GET', `${path}/participants`));
  const { print } = options;
  for (const recording of recordings.data) {
    const size = (recording.bytes / 1024 / 1024).toFixed(2);
    const link = recording.download_url ?? 'no link';
    print(
      `\n  Recording: ${recording.duration_seconds ?? 0} s, ${size} MiB (${recording.status})\n  ${link}`,
    );
  }
  if (recordings.data.length === 0) print('\n  There is no recording.');
  const people = participants.data.map(({ name, spoke_seconds }) => `${name} (spoke ${spoke_seconds} s)`);
  print(`\n  Participants: ${people.join(', ') || 'none seen'}`);
}

async function call(options: DemoOptions, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${options.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${options.apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(10_000)]),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
