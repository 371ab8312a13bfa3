// The fake deployment platform and all its runtimes, a process of its own. Speaks
// what lab/faults/platform-client.ts asks for, and tells its parent what happens
// and when.
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { post } from './http.ts';
import { nowMs } from './measure.ts';
import type { PlainReports, PlatformOrder, PlatformWord } from './platform.ts';
import { LeanRuntime, type RuntimeMode } from './runtime.ts';

const orderSchema = z.object({
  deploymentId: z.string().default(''),
  botId: z.string().default(''),
  apiUrl: z.string().default(''),
  claimToken: z.string().default(''),
});

const runtimes = new Map<string, LeanRuntime>();
let mode: RuntimeMode = { kind: 'brief', stayMs: 50 };
const tell = (event: PlatformWord) => void process.send?.(event);

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
      tell({ kind: 'start', botId, atMs });
      // A baseline's call is noted and starts nothing.
      if (platform !== 'plain' && !runtimes.has(deploymentId)) {
        runtimes.set(deploymentId, new LeanRuntime(order, mode, tell));
      }
      return reply({ ref: `bench:${deploymentId}` });
    }
    if (verb === 'stop') {
      await runtimes.get(deploymentId)?.stop();
      runtimes.delete(deploymentId);
      reply({ presence: 'gone' });
      return tell({ kind: 'stopped', botId: '', atMs: nowMs() });
    }
    if (verb === 'look') return reply({ presence: runs ? 'running' : 'gone' });
    return reply({ deployments: [...runtimes].filter(([, it]) => !it.hasEnded).map(([id]) => id) });
  });
});

/** Reports of as many clients at the same rate to a server that is not the product. */
async function reportPlainly({ url, clients, everyMs, seconds }: PlainReports): Promise<void> {
  const untilMs = performance.now() + seconds * 1_000;
  const client = async (n: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let dueMs = performance.now() + Math.random() * everyMs; dueMs < untilMs; dueMs += everyMs) {
      await delay(Math.max(0, dueMs - performance.now()));
      const sentAtMs = nowMs();
      await post(agent, url, { client: n, entries: [{ kind: 'speaker_turn' }] });
      tell({ kind: 'reported', botId: '', atMs: nowMs(), tookMs: nowMs() - sentAtMs });
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
}

process.on('message', (order: PlatformOrder) => {
  if (order.kind === 'mode') mode = order.mode;
  // The server may be gone before the last report.
  else void reportPlainly(order.reports).catch(() => undefined);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  tell({ kind: 'listening', url: `http://127.0.0.1:${port}` });
});
