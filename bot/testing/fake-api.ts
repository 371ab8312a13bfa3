// A fake API for tests of the bot. It speaks the bot protocol over real HTTP, stores uploads, and fails on
// request. It also serves a small meeting (sample-meeting.ts).
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ClaimAnswer,
  type ReportEntry,
  type RuntimeCommand,
  reportRequestSchema,
  uploadRequestSchema,
} from '@meeboter/domain/bot-protocol.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { answerForMeeting, type RoomState } from './sample-meeting.ts';

/** `error`: HTTP 500. `lose`: does the work, but the answer never arrives. `hang`: does not answer. `refuse`: HTTP 403. */
export type Fault = 'error' | 'lose' | 'hang' | 'refuse' | null;
export type Route = 'claim' | 'report' | 'uploads' | 'put';

export interface FakeApi {
  readonly origin: string;
  /** The origin of upload URLs: the fake API itself, unless a test has a store of its own. */
  storeOrigin: string;
  /** Reported entries in the order in which they were applied. Each report is applied once. */
  readonly entries: ReportEntry[];
  readonly seqs: number[];
  readonly claims: string[];
  /** Every stored PUT of a part, in order. */
  readonly puts: Array<{ part: number; bytes: number }>;
  readonly files: Map<string, { purpose: string; body: Buffer }>;
  readonly room: RoomState;
  completed: Array<{ part_number: number; etag: string; bytes: number }> | null;
  completedMediaMs: number;
  commands: RuntimeCommand[];
  leaseMs: number;
  claimStatus: number;
  fenced: boolean;
  fault: (route: Route, nth: number) => Fault;
  /** How often a route was called, calls that failed on request included. */
  asked(route: Route): number;
  /** The recording as S3 would assemble it from the parts that have arrived. */
  recording(): Buffer;
  statuses(): string[];
  close(): Promise<void>;
}

/** Starts the fake API on a free port. `claim` overrides fields of the claim's answer. */
export async function startFakeApi(claim: Partial<ClaimAnswer> = {}): Promise<FakeApi> {
  const parts = new Map<number, Buffer>();
  const calls = new Map<Route, number>();
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const api: FakeApi = {
    origin,
    storeOrigin: origin,
    entries: [],
    seqs: [],
    claims: [],
    puts: [],
    files: new Map(),
    room: { admitted: false, denied: false, people: [], ended: null, knocked: 0, seenAtMs: 0, left: false },
    completed: null,
    completedMediaMs: 0,
    commands: [],
    leaseMs: 60_000,
    claimStatus: 200,
    fenced: false,
    fault: () => null,
    asked: (route) => calls.get(route) ?? 0,
    recording: () => Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, body]) => body)),
    statuses: () =>
      api.entries.flatMap((one) => (one.kind === 'status' ? [`${one.status} ${one.sub_code}`] : [])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname.startsWith('/meeting')) return answerForMeeting(api.room, url, response);
    const route = routeOf(url.pathname);
    const nth = (calls.get(route) ?? 0) + 1;
    calls.set(route, nth);
    const fault = api.fault(route, nth);
    if (fault === 'hang') return;
    if (fault === 'error' || fault === 'refuse') return answer(response, fault === 'error' ? 500 : 403, {});
    const result = route === 'put' ? store(url, body) : respond(route, body);
    if (fault === 'lose') return void response.destroy();
    if (route === 'put' && result.status === 200) response.setHeader('etag', String(result.json.etag));
    answer(response, result.status, result.json);
  }

  function respond(route: Route, body: Buffer): { status: number; json: Record<string, unknown> } {
    const json: unknown = JSON.parse(body.toString());
    if (route === 'claim') {
      api.claims.push(String((json as { runtime_id: string }).runtime_id));
      return { status: api.claimStatus, json: { ...defaultClaim(origin), ...claim } };
    }
    if (route === 'uploads') return uploads(json);
    const report = reportRequestSchema.parse(json);
    if (api.fenced) return { status: 409, json: { code: 'fenced' } };
    if (report.report_seq > (api.seqs.at(-1) ?? 0)) {
      api.seqs.push(report.report_seq);
      api.entries.push(...report.entries);
    }
    return {
      status: 200,
      json: { acknowledged_seq: report.report_seq, lease_ms: api.leaseMs, commands: api.commands },
    };
  }

  function uploads(json: unknown): { status: number; json: Record<string, unknown> } {
    const request = uploadRequestSchema.parse(json);
    const { kind } = request;
    if (kind === 'file') {
      const id = `file_${api.files.size + 1}`;
      api.files.set(id, { purpose: request.purpose, body: Buffer.alloc(0) });
      const url = `${api.storeOrigin}/s3/file/${id}`;
      return { status: 200, json: { kind, upload_id: id, url, headers: { 'x-test': '1' } } };
    }
    if (kind === 'recording_complete') {
      api.completed = request.parts;
      api.completedMediaMs = request.media_ms;
      return { status: 200, json: { kind, recording_id: request.recording_id } };
    }
    const numbers = Array.from({ length: request.count }, (_, index) => request.from_part + index);
    const given = numbers.map((part) => ({
      part_number: part,
      url: `${api.storeOrigin}/s3/part/${part}?n=${Math.random()}`,
    }));
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    return { status: 200, json: { kind, recording_id: 'rec_1', expires_at, parts: given } };
  }

  function store(url: URL, body: Buffer): { status: number; json: Record<string, unknown> } {
    const [, , kind, id = ''] = url.pathname.split('/');
    const file = api.files.get(id);
    if (kind === 'file' && file) file.body = body;
    else {
      parts.set(Number(id), body);
      api.puts.push({ part: Number(id), bytes: body.length });
    }
    return { status: 200, json: { etag: `"${createHash('md5').update(body).digest('hex')}"` } };
  }

  return api;
}

function routeOf(path: string): Route {
  if (path.startsWith('/s3/')) return 'put';
  return path.split('/').at(-1) as Route;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

/** The claim's answer for the small meeting, with short intervals. */
export function defaultClaim(origin: string): ClaimAnswer {
  const now = new Date().toISOString();
  return {
    session_token: 'session',
    bot_id: 'bot_1',
    attempt: 1,
    epoch: '7',
    server_time: now,
    report_interval_ms: 1_000,
    lease_before_admission_ms: 60_000,
    lease_in_call_ms: 900_000,
    meeting: { platform: 'google-meet', url: `${origin}/meeting`, passcode: null, allowed_origins: [origin] },
    display_name: 'Meeboter',
    join_at: now,
    end_at: null,
    leave_rules: leaveRulesSchema.parse({
      waiting_room_timeout_seconds: 60,
      nobody_joined_timeout_seconds: 60,
      everyone_left_timeout_seconds: 60,
      max_duration_seconds: 600,
    }),
    note_takers: [],
    entry_message: null,
    recording: { enabled: true, width: 640, height: 360, fps: 15, preset: 'ultrafast' },
  };
}
