// Sorts what can go wrong with a call to the API of Kubernetes.
import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';
import { PlatformFault } from '../platform.ts';
import { statusSchema } from './shapes.ts';

/** `exceeded quota` is a full namespace. `failed quota: … must specify` is a Job that lacks what the quota demands. */
export const isQuotaExceeded = (message: string) => message.includes('exceeded quota');

/** The status of an HTTP answer; null for any other error. The `code` of other errors is no HTTP status. */
export const httpStatusOf = (error: unknown): number | null =>
  error instanceof ApiException ? error.code : null;

/** The answer's own words. The message of an ApiException would also show its headers. */
export function statusOf(error: ApiException<unknown>): z.infer<typeof statusSchema> {
  // The client leaves the body as text, except for 401, where there is none.
  try {
    const body: unknown = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
    return statusSchema.parse(body);
  } catch {
    return {};
  }
}

/** The reason that the API gives for an error, such as `AlreadyExists`; undefined where something else answered. */
export const reasonOf = (error: unknown): string | undefined =>
  error instanceof ApiException ? statusOf(error).reason : undefined;

/** Answers after which the same call may succeed: time-outs, too many requests, a server in trouble, a conflict. */
const isTransientStatus = (code: number) => [408, 409, 410, 425, 429].includes(code) || code >= 500;

/** Errors of a connection that no later try mends: the server is not the one that the kubeconfig names. */
const CERTIFICATE_ERRORS = [
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** The fault for an error of a call. `doing` says what failed, such as "creating Job x". */
export function faultOf(error: unknown, doing: string): PlatformFault {
  if (error instanceof PlatformFault) return error;
  const fault = (kind: PlatformFault['kind'], why: string) =>
    new PlatformFault(kind, `Kubernetes: ${doing}: ${why}`, { cause: error });
  if (error instanceof ApiException) return fault(...sortAnswer(error));
  if (error instanceof z.ZodError) {
    return fault('transient', `the answer is not what it should be: ${z.prettifyError(error)}`);
  }
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause && 'code' in cause ? String(cause.code) : '';
  if (CERTIFICATE_ERRORS.includes(code))
    return fault('config', `the server's certificate is refused: ${code}`);
  return fault('transient', `${text}${code ? ` (${code})` : ''}`);
}

function sortAnswer(error: ApiException<unknown>): [PlatformFault['kind'], string] {
  const { code } = error;
  const { message = '' } = statusOf(error);
  const said = `${code}${message ? `, ${message}` : ''}`;
  if (code === 401) return ['config', 'the credentials are refused (401)'];
  if (code === 403 && isQuotaExceeded(message)) return ['capacity', said];
  return [isTransientStatus(code) ? 'transient' : 'config', said];
}
