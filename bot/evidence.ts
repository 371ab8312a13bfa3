// What the page looked like when something failed: a screenshot and its HTML.
// Taken at once, under a short deadline, since the bot is still in the meeting;
// sent later, with the patience of the other uploads.
import type { ReportEntry, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, orAborted, sleep } from './clock.ts';
import { errorFields, type Log } from './log.ts';
import { grabFrame } from './recorder/frame.ts';
import { put } from './recorder/put.ts';
import type { Uploads } from './runtime/api.ts';
import type { Stage } from './stage.ts';

const PAGE_MS = 4_000;
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_TRIES = 8;

type FileRequest = Extract<UploadRequest, { kind: 'file' }>;

export interface Evidence {
  at: string;
  purpose: FileRequest['purpose'];
  contentType: FileRequest['content_type'];
  body: Buffer;
}

/** Takes what can be taken in a few seconds. Never throws. */
export async function takeEvidence(
  stage: Pick<Stage, 'page' | 'display' | 'env'>,
  now: () => Date,
  log: Log,
): Promise<Evidence[]> {
  const at = now().toISOString();
  const taken = await Promise.allSettled([
    screenshot(stage).then(
      (body) => ({ at, purpose: 'screenshot', contentType: 'image/png', body }) as const,
    ),
    html(stage).then((body) => ({ at, purpose: 'page_html', contentType: 'text/html', body }) as const),
  ]);
  return taken.flatMap((one) => {
    if (one.status === 'fulfilled') return one.value.body.length > 0 ? [one.value] : [];
    log.warn('evidence not complete', { ...errorFields(one.reason), stack: undefined });
    return [];
  });
}

/** Uploads and reports it; a piece that does not arrive is given up, and said. */
export async function sendEvidence(options: {
  evidence: readonly Evidence[];
  /** What the pieces are told apart by: the fault's sub code. */
  label: string;
  uploads: Uploads;
  report: (entry: ReportEntry) => void;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { evidence, label, log, signal } = options;
  for (const piece of evidence) {
    for (let tries = 1; ; tries += 1) {
      try {
        await send(piece, options);
        break;
      } catch (error) {
        if (signal.aborted || tries === MAX_TRIES) {
          log.warn('evidence not uploaded', { label, ...errorFields(error), stack: undefined });
          break;
        }
        await sleep(backoffMs(tries, 300, 10_000), signal).catch(() => undefined);
      }
    }
  }
}

async function screenshot({ page, display, env }: Pick<Stage, 'page' | 'display' | 'env'>): Promise<Buffer> {
  try {
    return await page.screenshot({ type: 'png', timeout: PAGE_MS });
  } catch {
    // A crashed page takes no screenshot, but the display still shows something.
    return grabFrame(display, env, 'png');
  }
}

async function html({ page }: Pick<Stage, 'page'>): Promise<Buffer> {
  const content = await orAborted(page.content(), AbortSignal.timeout(PAGE_MS));
  return Buffer.from(content, 'utf8').subarray(0, MAX_BYTES);
}

async function send(
  { at, purpose, contentType, body }: Evidence,
  { label, uploads, report, signal }: Parameters<typeof sendEvidence>[0],
): Promise<void> {
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
