// What an answer of Coolify that is no success means. The texts are those of Coolify's source (4.3.11).
import { z } from 'zod';
import { PlatformFault } from '../platform.ts';

export interface ErrorAnswer {
  status: number;
  /** The body, parsed if it is JSON; otherwise undefined. */
  json: unknown;
  /** What `Retry-After` says, ms. */
  retryAfterMs?: number | undefined;
}

/** A fault with the answer that it comes from. */
export class CoolifyFault extends PlatformFault {
  /** The HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** Coolify's own words; null when the answer is not Coolify's: that of a proxy, for example. */
  readonly words: string | null;
  /** Fields of the request that this version of Coolify does not know. */
  readonly unknownFields: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: PlatformFault['kind'],
    message: string,
    about: {
      status?: number;
      words?: string | null;
      unknownFields?: string[];
      retryAfterMs?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(kind, message, { cause: about.cause });
    this.name = 'CoolifyFault';
    this.status = about.status ?? null;
    this.words = about.words ?? null;
    this.unknownFields = about.unknownFields ?? [];
    this.retryAfterMs = about.retryAfterMs;
  }
}

/** True when Coolify itself says that it does not have the thing. */
export const isNotFound = (error: unknown): error is CoolifyFault =>
  error instanceof CoolifyFault && error.status === 404 && error.words !== null;

/** True when Coolify itself refuses the request with this status and words like these. */
export const saysThat = (error: unknown, status: number, words: RegExp): error is CoolifyFault =>
  error instanceof CoolifyFault && error.status === status && words.test(error.words ?? '');

const bodySchema = z.object({
  message: z.string(),
  errors: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
});

/** Sorts an answer. `call` names the request, such as `POST /deploy`. */
export function faultOf(call: string, { status, json, retryAfterMs }: ErrorAnswer): CoolifyFault {
  const body = bodySchema.safeParse(json);
  const words = body.success ? body.data.message : null;
  const about = { status, words, retryAfterMs };
  const said = `${call}: Coolify answered ${status}${words === null ? '' : `: ${words}`}`;

  if (status === 429) {
    return new CoolifyFault(/queue is full/i.test(words ?? '') ? 'capacity' : 'transient', said, about);
  }
  if (status >= 300 && status < 400) {
    return new CoolifyFault(
      'config',
      `${said}. COOLIFY_API_URL leads to a redirect; set the final address`,
      about,
    );
  }
  // A proxy in front of Coolify answers such things while Coolify is away. Only Coolify's own words are final.
  if (status >= 500 || words === null) return new CoolifyFault('transient', said, about);
  if (status === 401 || (status === 400 && /invalid token/i.test(words))) {
    return new CoolifyFault(
      'config',
      `${said} COOLIFY_API_TOKEN is not accepted: it is wrong, expired or deleted`,
      about,
    );
  }
  if (status === 403) return new CoolifyFault('config', `${said}. ${adviceOn(words)}`, about);
  if (status === 422) {
    const errors = Object.entries((body.success && body.data.errors) || {});
    const unknownFields = errors.flatMap(([field, texts]) =>
      [texts].flat().some((text) => /not allowed/i.test(text)) ? [field] : [],
    );
    const details = errors.map(([field, texts]) => `${field}: ${[texts].flat().join(' ')}`);
    return new CoolifyFault('config', [said, ...details].join(' '), { ...about, unknownFields });
  }
  return new CoolifyFault('config', said, about);
}

function adviceOn(words: string): string {
  if (/disabled/i.test(words)) return 'Switch the API on in Coolify: Settings, Advanced, API Access.';
  if (/not allowed to access/i.test(words))
    return 'Add the address of this machine to the allowed IPs of the API.';
  if (/team role/i.test(words)) return 'The owner of COOLIFY_API_TOKEN has to be an admin of the team.';
  return 'COOLIFY_API_TOKEN needs the permissions read, write and deploy.';
}
