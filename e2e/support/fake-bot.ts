// A runtime without a browser that speaks the bot's protocol. It goes into the call at once, uploads a few bytes as
// its recording, and leaves when it is commanded to, or by its display name: `stay 500` leaves after 500 ms,
// `crash 2` exits at once in the first two attempts, `fail denied` ends FATAL with that sub_code.
import { setTimeout as delay } from 'node:timers/promises';
import {
  CLAIM_PATH,
  claimAnswerSchema,
  REPORT_PATH,
  type ReportEntry,
  reportAnswerSchema,
  UPLOADS_PATH,
  uploadAnswerSchema,
} from '@meeboter/domain/bot-protocol.ts';

const { MEEBOTER_API_URL: apiUrl = '', MEEBOTER_CLAIM_TOKEN: claimToken = '' } = process.env;

async function post(path: string, token: string, body: unknown): Promise<unknown> {
  for (;;) {
    try {
      const response = await fetch(apiUrl + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      // Fenced off: the runtime leaves.
      if (response.status === 409 || response.status === 401) process.exit(0);
      if (response.ok) return await response.json();
    } catch {
      // The API is away: send the same request again.
    }
    await delay(100);
  }
}

const runtimeId = `run_${crypto.randomUUID()}`;
const claim = claimAnswerSchema.parse(
  await post(CLAIM_PATH, claimToken, { runtime_id: runtimeId, version: 'fake' }),
);
let seq = 0;
const now = () => new Date().toISOString();

async function report(...entries: ReportEntry[]) {
  seq += 1;
  const body = { attempt: claim.attempt, epoch: claim.epoch, report_seq: seq, entries };
  return reportAnswerSchema.parse(await post(REPORT_PATH, claim.session_token, body));
}
const status = (
  to: 'IN_WAITING_ROOM' | 'IN_CALL' | 'LEAVING' | 'DONE' | 'FATAL',
  subCode: string,
): ReportEntry => ({
  kind: 'status',
  at: now(),
  status: to,
  sub_code: subCode,
});

const [verb, value] = claim.display_name.split(' ');
if (verb === 'crash' && claim.attempt <= Number(value)) process.exit(1);
if (verb === 'fail') {
  await report(status('FATAL', value ?? 'internal_error'));
  process.exit(1);
}
await delay(Math.max(0, Date.parse(claim.join_at) - Date.now()));
await report({ kind: 'phase', at: now(), phase: 'knocked' }, status('IN_WAITING_ROOM', 'knocked'));
await report(status('IN_CALL', 'admitted'), { kind: 'phase', at: now(), phase: 'admitted' });

const parts = uploadAnswerSchema.parse(
  await post(UPLOADS_PATH, claim.session_token, {
    kind: 'recording_parts',
    content_type: 'video/mp4',
    started_at: now(),
    from_part: 1,
    count: 2,
  }),
);
if (parts.kind !== 'recording_parts')
  throw new Error(`the answer is about ${parts.kind}, not recording_parts`);
const content = 'a recording, as far as this test is concerned';
const put = await fetch(parts.parts[0]?.url ?? '', { method: 'PUT', body: content });
const etag = put.headers.get('etag') ?? '';
await report({
  kind: 'part_uploaded',
  at: now(),
  recording_id: parts.recording_id,
  part_number: 1,
  etag,
  bytes: content.length,
  media_ms: 1_000,
});

let reason = 'everyone_left';
const leaveAt = Date.now() + (verb === 'stay' ? Number(value) : 0);
while (Date.now() < leaveAt) {
  await delay(100);
  const { commands } = await report();
  if (commands.length > 0) {
    reason = 'user_requested';
    break;
  }
}
await report(status('LEAVING', reason));
await post(UPLOADS_PATH, claim.session_token, {
  kind: 'recording_complete',
  recording_id: parts.recording_id,
  media_ms: 1_000,
  parts: [{ part_number: 1, etag, bytes: content.length }],
});
await report({ kind: 'phase', at: now(), phase: 'uploaded' }, status('DONE', 'finished'));
process.exit(0);
