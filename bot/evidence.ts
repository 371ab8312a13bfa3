// What the page looked like when something failed: a screenshot and its HTML.
// Best effort under a short deadline: it must never keep a bot in a meeting.
import type { ReportEntry, UploadAnswer, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { orAborted } from './clock.ts';
import { errorFields, type Log } from './log.ts';
import { grabFrame } from './recorder/frame.ts';
import { put } from './recorder/put.ts';
import type { Stage } from './stage.ts';

const DEADLINE_MS = 12_000;
const PAGE_MS = 4_000;
const MAX_BYTES = 20 * 1024 * 1024;

type FileRequest = Extract<UploadRequest, { kind: 'file' }>;

export interface EvidenceOptions {
  stage: Pick<Stage, 'page' | 'display' | 'env'>;
  /** What is told apart by it: the fault's sub code. */
  label: string;
  uploads: (request: FileRequest) => Promise<Extract<UploadAnswer, { kind: 'file' }>>;
  report: (entry: ReportEntry) => void;
  now: () => Date;
  log: Log;
}

/** Takes and uploads the evidence. Never throws. */
export async function takeEvidence(options: EvidenceOptions): Promise<void> {
  const { log } = options;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const taken = await Promise.allSettled([
    send(options, 'screenshot', 'image/png', screenshot(options.stage), signal),
    send(options, 'page_html', 'text/html', html(options.stage), signal),
  ]);
  for (const { status, ...rest } of taken) {
    if (status === 'rejected' && 'reason' in rest) {
      log.warn('evidence not complete', { ...errorFields(rest.reason), stack: undefined });
    }
  }
}

async function screenshot({ page, display, env }: EvidenceOptions['stage']): Promise<Buffer> {
  try {
    return await page.screenshot({ type: 'png', timeout: PAGE_MS });
  } catch {
    // A crashed page takes no screenshot, but the display still shows something.
    return grabFrame(display, env, 'png');
  }
}

async function html({ page }: EvidenceOptions['stage']): Promise<Buffer> {
  return Buffer.from(await orAborted(page.content(), AbortSignal.timeout(PAGE_MS)), 'utf8');
}

async function send(
  { label, uploads, report, now }: EvidenceOptions,
  purpose: FileRequest['purpose'],
  contentType: FileRequest['content_type'],
  content: Promise<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const body = (await orAborted(content, signal)).subarray(0, MAX_BYTES);
  const at = now().toISOString();
  const request: FileRequest = {
    kind: 'file',
    purpose,
    content_type: contentType,
    bytes: body.length,
    label,
  };
  const { upload_id, url, headers } = await orAborted(uploads(request), signal);
  await put(url, body, { signal, headers });
  report({ kind: 'evidence', at, upload_id, label });
}
