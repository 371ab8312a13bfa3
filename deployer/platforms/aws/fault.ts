// Sorts what ECS answers to a call that failed. Sources: Amazon ECS API Reference (RunTask, "Errors", and the common
// errors), and public reports for texts that the reference does not give.
import { PlatformFault } from '../platform.ts';

/** ECS refused the call because there were too many: it has done nothing, and the same call succeeds later. */
export class Throttled extends PlatformFault {
  constructor(message: string, options?: { cause?: unknown }) {
    super('transient', message, options);
  }
}

/** Names of errors about who we are and what we may do. */
const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'BlockedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** Names of errors that the same call meets again. */
const WRONG = new Set([
  'ClientException',
  'ClusterNotFoundException',
  'InvalidParameterException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'UnsupportedFeatureException',
  'ValidationException',
]);

const THROTTLED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/**
 * The words of throttling. RunTask looks up subnets and security groups in EC2, and reports EC2's throttling as an
 * InvalidParameterException: "Error retrieving subnet information for […]: Rate exceeded (ErrorCode: Throttling)".
 */
const THROTTLED_WORDS = /rate exceeded|request limit exceeded|RequestLimitExceeded|throttl/i;

/**
 * The words of a full account: "You've reached the limit on the number of vCPUs you can run concurrently", and the
 * quota of a cluster's tasks in PROVISIONING, which is a ClientException.
 */
const FULL_WORDS =
  /reached the limit|limit exceeded|exceeded the (limit|quota)|quota|capacity is unavailable/i;

/** The name of an AWS error, and what it says. */
function partsOf(error: unknown): { name: string; message: string } {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}

/** True when the credentials were good once: new ones may work. */
export const isExpired = (error: unknown): boolean => /^ExpiredToken/.test(partsOf(error).name);

/**
 * The fault that stands for an error of an ECS call. What is not known is transient: RunTask may have taken effect,
 * and the same call with the same client token is safe.
 */
export function toFault(call: string, error: unknown): PlatformFault {
  if (error instanceof PlatformFault) return error;
  const { name, message } = partsOf(error);
  const says = `ECS ${call}: ${name}: ${message}`;
  if (THROTTLED.has(name)) return new Throttled(says, { cause: error });
  if (REFUSED.has(name)) return new PlatformFault('config', says, { cause: error });
  if (name === 'LimitExceededException') return new PlatformFault('capacity', says, { cause: error });
  if (!WRONG.has(name)) return new PlatformFault('transient', says, { cause: error });
  if (THROTTLED_WORDS.test(message)) return new Throttled(says, { cause: error });
  if (FULL_WORDS.test(message)) return new PlatformFault('capacity', says, { cause: error });
  return new PlatformFault('config', says, { cause: error });
}

/** One of the `failures` of an answer. */
export interface Failure {
  arn?: string | undefined;
  reason?: string | undefined;
  detail?: string | undefined;
}

/** RunTask answers these reasons where no machine of the cluster fits the task. A wait does not change that. */
const UNFIT = new Set(['ATTRIBUTE', 'INACTIVE', 'LOCATION', 'MISSING']);

/**
 * The fault that stands for a failure in RunTask's answer, which comes with HTTP 200: nothing was started. Reasons:
 * Amazon ECS Developer Guide, "API failures messages".
 */
export function failureFault(failure: Failure | undefined): PlatformFault {
  const reason = failure?.reason ?? '';
  const says = `ECS RunTask started nothing: ${[reason || 'it gives no reason', failure?.detail].filter(Boolean).join(': ')}`;
  if (THROTTLED_WORDS.test(reason)) return new Throttled(says);
  if (FULL_WORDS.test(reason) || /^RESOURCE\b/.test(reason) || reason === 'AGENT') {
    return new PlatformFault('capacity', says);
  }
  return new PlatformFault(UNFIT.has(reason) ? 'config' : 'transient', says);
}
