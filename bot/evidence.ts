// What the page looked like when something failed. Taken at once and within seconds, since the bot is
// still in the meeting; uploaded later, with as many tries as other uploads get.
//
//   recording on                       a screenshot and the page's HTML
//   recording off, before admission    the page's structure with the platform's own words only: even a
//                                      page before the call can list who is in it, and a call that the
//                                      bot does not recognise looks to it like a page before the call
//   recording off, in the call         nothing
import type { ReportEntry, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, orAborted, sleep } from './clock.ts';
import { errorFields, type Log } from './log.ts';
import { structureOf } from './page-structure.ts';
import { grabFrame } from './recorder/frame.ts';
import { put } from './recorder/put.ts';
import type { Uploads } from './runtime/api.ts';
import type { SilentStage } from './stage.ts';
import type { Visit } from './visit.ts';

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

/** Takes what may be taken and can be within seconds. Never throws. */
export async function takeEvidence(
  visit: Pick<Visit, 'stage' | 'meeting' | 'claim' | 'admitted' | 'clock' | 'log'>,
): Promise<Evidence[]> {
  const { stage, meeting, claim, admitted, clock, log } = visit;
  if (!stage) return [];
  const mayShowPeople = claim.recording.enabled;
  if (!mayShowPeople && admitted) {
    log.warn('evidence not taken: recording is off, and the page shows the call');
    return [];
  }
  const at = clock.now().toISOString();
  const { page } = stage;
  const content = mayShowPeople ? page.content() : structureOf(page, (text) => meeting?.ownWords(text) ?? '');
  const taken = await Promise.allSettled([
    html(content).then((body) => ({ at, purpose: 'page_html', contentType: 'text/html', body }) as const),
    ...(mayShowPeople
      ? [
          screenshot(stage).then(
            (body) => ({ at, purpose: 'screenshot', contentType: 'image/png', body }) as const,
          ),
        ]
      : []),
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

async function screenshot({ page, display, env }: SilentStage): Promise<Buffer> {
  try {
    return await page.screenshot({ type: 'png', timeout: PAGE_MS });
  } catch {
    // A crashed page takes no screenshot, but the display still shows something.
    return grabFrame(display, env, 'png');
  }
}

async function html(content: Promise<string>): Promise<Buffer> {
  const text = await orAborted(content, AbortSignal.timeout(PAGE_MS));
  return Buffer.from(text, 'utf8').subarray(0, MAX_BYTES);
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
