import { randomUUID } from 'node:crypto';
import type { StoreSettings } from '@meeboter/chassis/env/store.ts';
import { openStorage, type Storage } from '@meeboter/chassis/storage.ts';
import { withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { clockFinding, type Finding, findingsOf, messageOf } from './finding.ts';

const ABOUT = 'object store';
const { ok, warning, error } = findingsOf(ABOUT);
const LIMIT_MS = 20_000;
const WORDS = 'written by `npm run doctor`';

/** Checks the object store with a small upload as a bot does it: begin, part over a signed URL, list, abort. */
export async function checkStore(settings: StoreSettings): Promise<Finding[]> {
  const storage = openStorage(settings);
  try {
    return await withTimeLimit(LIMIT_MS, () => tryUpload(storage));
  } catch (cause) {
    if (isNotThere(cause)) {
      return [
        warning(
          `it answers, and the bucket ${settings.S3_BUCKET} is not there`,
          'The API creates it at its start, if the keys have the right to; or create it yourself.',
        ),
      ];
    }
    return [
      error(
        `it does not take an upload: ${messageOf(cause)}`,
        'Check S3_ENDPOINT, S3_BUCKET, S3_REGION and the keys. They need the rights to put, get and list objects and parts, and to abort uploads.',
      ),
    ];
  } finally {
    storage.close();
  }
}

/** The answer to HEAD of a bucket that is not there has no body, and so no name of the error. */
function isNotThere(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404;
}

async function tryUpload(storage: Storage): Promise<Finding[]> {
  await storage.ping();
  const key = `doctor/${randomUUID()}`;
  const uploadId = await storage.createMultipart(key, 'text/plain');
  try {
    const { url } = await storage.presignPart(key, uploadId, 1);
    const askedAtMs = Date.now();
    const response = await fetch(url, { method: 'PUT', body: WORDS });
    const answeredAtMs = Date.now();
    await response.text();
    if (!response.ok) throw new Error(`a signed URL was answered with ${response.status}`);
    const parts = await storage.listParts(key, uploadId);
    if (parts?.length !== 1) throw new Error('the uploaded part is not in the list of parts');
    const date = Date.parse(response.headers.get('date') ?? '');
    return [
      ok('it takes an upload over a signed URL, and lists its parts'),
      ...(Number.isNaN(date)
        ? []
        : [clockFinding(ABOUT, date, { askedAtMs, answeredAtMs, resolutionMs: 1_000 })]),
    ];
  } finally {
    await storage.abort(key, uploadId);
  }
}
