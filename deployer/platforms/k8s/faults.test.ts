// The errors of the API, and what becomes of each.
import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultOf } from './faults.ts';

const answer = (code: number, message: string, reason = '') =>
  new ApiException(code, reason, code === 401 ? undefined : JSON.stringify({ message, reason }), {});
const fetchFailed = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

describe('the answers of the API', () => {
  it.each([
    [
      'exceeded quota',
      403,
      'jobs.batch "x" is forbidden: exceeded quota: q, requested: 1, used: 1, limited: 1',
      'capacity',
    ],
    ['a quota that demands limits', 403, 'forbidden: failed quota: q: must specify limits.cpu', 'config'],
    ['a right that is missing', 403, 'jobs.batch is forbidden: User "x" cannot create resource', 'config'],
    ['refused credentials', 401, '', 'config'],
    ['a namespace that is missing', 404, 'namespaces "x" not found', 'config'],
    ['an unknown field', 400, 'strict decoding error: unknown field "spec.x"', 'config'],
    ['an invalid value', 422, 'Job is invalid', 'config'],
    ['an admission webhook that refuses', 400, 'admission webhook "x" denied the request', 'config'],
    ['an admission webhook that does not answer', 500, 'failed calling webhook "x"', 'transient'],
    ['a conflict', 409, 'the object has been modified', 'transient'],
    ['too many requests', 429, 'too many requests', 'transient'],
    ['an internal error', 500, 'etcdserver: request timed out', 'transient'],
    ['a bad gateway', 502, '', 'transient'],
    ['a server that is away', 503, '', 'transient'],
    ['a gateway that waited', 504, '', 'transient'],
  ] as const)('%s', (_name, code, message, kind) => {
    const fault = faultOf(answer(code, message), 'creating the Job x');
    expect(fault).toMatchObject({ kind });
    expect(fault.message).toContain('creating the Job x');
    expect(fault.message).toContain(message);
  });
});

describe('other errors', () => {
  it.each([
    ['a refused connection', fetchFailed('ECONNREFUSED'), 'transient'],
    ['an unknown host', fetchFailed('ENOTFOUND'), 'transient'],
    ['a certificate of somebody else', fetchFailed('DEPTH_ZERO_SELF_SIGNED_CERT'), 'config'],
    // Its code is 23, which is no HTTP status.
    ['a time-out', new DOMException('too late', 'TimeoutError'), 'transient'],
    ['a page instead of JSON', new SyntaxError('Unexpected token <'), 'transient'],
    ['an answer of another form', z.object({ a: z.string() }).safeParse({}).error, 'transient'],
  ] as const)('%s', (_name, error, kind) => {
    expect(faultOf(error, 'listing Jobs')).toMatchObject({ kind, name: 'PlatformFault' });
  });

  it('shows no header of the answer', () => {
    const error = new ApiException(500, '', 'not JSON', { 'audit-id': 'secret' });
    expect(faultOf(error, 'listing Jobs').message).toBe('Kubernetes: listing Jobs: 500');
  });
});
