// The fake deployment platform with all its runtimes, in a process of its own. It serves the protocol of
// lab/faults/platform-client.ts, and sends its parent an event with a time for everything that happens.
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { post } from './http.ts';
import { nowMs } from './measure.ts';
import type { PlainReports, PlatformMessage, PlatformOrder } from './platform.ts';
import { LeanRuntime, type RuntimeMode } from './runtime.ts';

const orderSchema = z.object({
  deploymentId: z.string().default(''),
  botId: z.string().default(''),
  apiUrl: z.string().default(''),
  claimToken: z.string().default(''),
});

const runtimes = new Map<string, LeanRuntime>();
let mode: RuntimeMode = { kind: 'brief', stayMs: 50 };
const emit = (event: PlatformMessage) => void process.send?.(event);

const server = createServer((request, response) => {
  const atMs = nowMs();
  const [, platform = '', verb = ''] = request.url?.split('/') ?? [];
  void text(request).then(async (body) => {
    const order = orderSchema.parse(JSON.parse(body || '{}'));
    const reply = (answer: unknown) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    };
    const { botId, deploymentId } = order;
    const runs = runtimes.get(deploymentId)?.hasEnded === false;
    if (verb === 'start') {
      emit({ kind: 'start', botId, atMs });
      // A call of a baseline only sends the event and starts no runtime.
      if (platform !== 'plain' && !runtimes.has(deploymentId)) {
        runtimes.set(deploymentId, new LeanRuntime(order, mode, emit));
      }
      return reply({ ref: `bench:${deploymentId}` });
    }
    if (verb === 'stop') {
      await runtimes.get(deploymentId)?.stop();
      runtimes.delete(deploymentId);
      reply({ presence: 'gone' });
      return emit({ kind: 'stopped', botId: '', atMs: nowMs() });
    }
    if (verb === 'look') return reply({ presence: runs ? 'running' : 'gone' });
    return reply({ deployments: [...runtimes].filter(([, it]) => !it.hasEnded).map(([id]) => id) });
  });
});

/** Baseline: sends reports from this many clients, at the rate of the runtimes, to a server that is not the product. */
async function reportPlainly({ url, clients, everyMs, seconds }: PlainReports): Promise<void> {
  const untilMs = performance.now() + seconds * 1_000;
  const client = async (n: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let dueMs = performance.now() + Math.random() * everyMs; dueMs < untilMs; dueMs += everyMs) {
      await delay(Math.max(0, dueMs - performance.now()));
      const sentAtMs = nowMs();
      await post(agent, url, { client: n, entries: [{ kind: 'speaker_turn' }] });
      emit({ kind: 'reported', botId: '', atMs: nowMs(), tookMs: nowMs() - sentAtMs });
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
}

process.on('message', (order: PlatformOrder) => {
  if (order.kind === 'mode') mode = order.mode;
  // Errors are ignored: the server may have ended before the last report.
  else void reportPlainly(order.reports).catch(() => undefined);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  emit({ kind: 'listening', url: `http://127.0.0.1:${port}` });
});
