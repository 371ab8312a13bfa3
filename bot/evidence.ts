// What the page looked like when something failed. Taken at once and within seconds, since the bot is
// still in the meeting; uploaded later, with as many tries as other uploads get.
//
//   recording on                       a screenshot and the page's HTML
//   recording off, before admission    the page's structure with the platform's own words only: even a
//                                      page before the call can list who is in it, and a call that the
//                                      bot does not recognise looks to it like a page before the call
//   recording off, in the call         nothing
import type { ReportEntry, UploadAnswer, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, orAborted, sleep } from './clock.ts';
import { errorFields, type Log } from './log.ts';
import { htmlOf } from './page-html.ts';
import { structureOf } from './page-structure.ts';
import { grabFrame } from './recorder/frame.ts';
import { put } from './recorder/put.ts';
import type { Uploads } from './runtime/api.ts';
import type { SilentStage } from './stage.ts';
import type { Visit } from './visit.ts';

const PAGE_MS = 4_000;
const MAX_BYTES = 20 * 1024 * 1024;
/** With the pauses between them some 100 s: a store or an API that restarts is back by then. */
const MAX_TRIES = 10;
const PAUSE_MAX_MS = 30_000;

type FileRequest = Extract<UploadRequest, { kind: 'file' }>;

export interface Evidence {
  at: string;
  purpose: FileRequest['purpose'];
  contentType: FileRequest['content_type'];
  body: Buffer;
}

export interface SendOptions {
  evidence: readonly Evidence[];
  /** Marks the pieces of one failure: the fault's sub code. */
  label: string;
  uploads: Uploads;
  report: (entry: ReportEntry) => void;
  log: Log;
  signal: AbortSignal;
}

type Target = Pick<Extract<UploadAnswer, { kind: 'file' }>, 'upload_id' | 'url' | 'headers'>;

/** Takes the evidence that is allowed and that the page gives within seconds. Never throws. */
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
  const content = mayShowPeople ? htmlOf(page) : structureOf(page, (text) => meeting?.ownWords(text) ?? '');
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

/**
 * Uploads and reports it. Each try asks the API for a fresh URL, since the store may have moved; while the
 * API does not answer, the last URL is tried again. A piece that does not arrive is given up and logged.
 */
export async function sendEvidence(options: SendOptions): Promise<void> {
  const { evidence, label, report, log, signal } = options;
  for (const piece of evidence) {
    let target: Target | null = null;
    for (let tries = 1; ; tries += 1) {
      try {
        target = await targetOf(piece, options).catch((error: unknown) => {
          if (target === null) throw error;
          return target;
        });
        await put(target.url, piece.body, { signal, headers: target.headers });
        report({ kind: 'evidence', at: piece.at, upload_id: target.upload_id, label });
        break;
      } catch (error) {
        if (signal.aborted || tries === MAX_TRIES) {
          log.warn('evidence not uploaded', { label, ...errorFields(error), stack: undefined });
          break;
        }
        await sleep(backoffMs(tries, 300, PAUSE_MAX_MS), signal).catch(() => undefined);
      }
    }
  }
}

async function screenshot({ page, display, env }: SilentStage): Promise<Buffer> {
  try {
    return await page.screenshot(PAGE_MS);
  } catch {
    // A crashed page cannot take a screenshot, but its display can still be grabbed.
    return grabFrame(display, env, 'png');
  }
}

async function html(content: Promise<string>): Promise<Buffer> {
  const text = await orAborted(content, AbortSignal.timeout(PAGE_MS));
  return Buffer.from(text, 'utf8').subarray(0, MAX_BYTES);
}

function targetOf(
  { purpose, contentType, body }: Evidence,
  { label, uploads, signal }: SendOptions,
): Promise<Target> {
  const bytes = body.length;
  return orAborted(uploads({ kind: 'file', purpose, content_type: contentType, bytes, label }), signal);
}
