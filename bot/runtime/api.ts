// The three API calls that a runtime makes. Every failure is an ApiError, which alone decides whether the
// call can be retried.
import {
  CLAIM_PATH,
  type ClaimAnswer,
  claimAnswerSchema,
  FENCED_CODE,
  REPORT_PATH,
  type ReportAnswer,
  type ReportRequest,
  reportAnswerSchema,
  UPLOADS_PATH,
  type UploadAnswer,
  type UploadRequest,
  uploadAnswerSchema,
} from '@meeboter/domain/bot-protocol.ts';
import type { z } from 'zod';

const TIMEOUT_MS = 10_000;

type Kind = UploadRequest['kind'];
/** The uploads call. Its answer has the kind that was asked for. */
export type Uploads = <K extends Kind>(
  request: Extract<UploadRequest, { kind: K }>,
) => Promise<Extract<UploadAnswer, { kind: K }>>;

export class ApiError extends Error {
  /** The HTTP status; null when there was no answer. */
  readonly status: number | null;
  readonly code: string | null;
  readonly retryable: boolean;

  constructor(
    message: string,
    options: { status?: number; code?: string; retryable: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.status = options.status ?? null;
    this.code = options.code ?? null;
    this.retryable = options.retryable;
  }

  /** Another runtime has this bot, or the bot has ended. */
  get fenced(): boolean {
    return (this.status === 409 && this.code === FENCED_CODE) || this.status === 410;
  }

  /** The server rejects this content, and would again. */
  get refusedContent(): boolean {
    return this.status !== null && REFUSED_CONTENT.includes(this.status);
  }
}

// Not retried: content that the server rejects, and a bot that this runtime no longer has. All other
// answers are, 401, 403 and 404 too: a misconfigured proxy must not make all bots leave their meetings.
// If such an answer is meant, the lease lapses and the bot leaves then.
const REFUSED_CONTENT = [400, 413, 422];
const FINAL_STATUSES = [...REFUSED_CONTENT, 409, 410];

export class RuntimeApi {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
  }

  claim(claimToken: string, runtimeId: string, version: string, signal: AbortSignal): Promise<ClaimAnswer> {
    const body = { runtime_id: runtimeId, version };
    return this.#post(CLAIM_PATH, claimToken, body, claimAnswerSchema, signal);
  }

  report(sessionToken: string, body: ReportRequest, signal: AbortSignal): Promise<ReportAnswer> {
    return this.#post(REPORT_PATH, sessionToken, body, reportAnswerSchema, signal);
  }

  async uploads<K extends Kind>(
    sessionToken: string,
    body: Extract<UploadRequest, { kind: K }>,
    signal: AbortSignal,
  ): Promise<Extract<UploadAnswer, { kind: K }>> {
    const answer = await this.#post(UPLOADS_PATH, sessionToken, body, uploadAnswerSchema, signal);
    if (answer.kind !== body.kind) {
      throw new ApiError(`uploads: asked for ${body.kind}, got ${answer.kind}`, { retryable: false });
    }
    return answer as Extract<UploadAnswer, { kind: K }>;
  }

  async #post<S extends z.ZodType>(
    path: string,
    token: string,
    body: unknown,
    schema: S,
    signal: AbortSignal,
  ): Promise<z.infer<S>> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#baseUrl + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      text = await response.text();
    } catch (cause) {
      throw new ApiError(`${path}: no answer`, { retryable: true, cause });
    }
    const { status } = response;
    const json = parseJson(text);
    if (!response.ok) {
      const code = codeOf(json);
      throw new ApiError(`${path}: HTTP ${status}${code ? ` ${code}` : ''}`, {
        status,
        retryable: !FINAL_STATUSES.includes(status),
        ...(code ? { code } : {}),
      });
    }
    const parsed = schema.safeParse(json);
    // A 200 of another shape comes from a proxy, or from a server in the middle of an update.
    if (!parsed.success) {
      throw new ApiError(`${path}: the answer has an unknown format`, {
        status,
        retryable: true,
        cause: parsed.error,
      });
    }
    return parsed.data;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function codeOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('code' in json)) return undefined;
  return typeof json.code === 'string' ? json.code : undefined;
}
