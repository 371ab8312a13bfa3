// What becomes of each error and each failure of ECS.
import { expect, it } from 'vitest';
import { PlatformFault } from '../platform.ts';
import { type Failure, failureFault, Throttled, toFault } from './fault.ts';

const SUBNET = 'Error retrieving subnet information for [subnet-1]: Rate exceeded (ErrorCode: Throttling)';
const GROUP =
  'Error retrieving security group information for [sg-1]: Request limit exceeded. (ErrorCode: RequestLimitExceeded)';
const VCPU = "You've reached the limit on the number of vCPUs you can run concurrently";

const awsError = (name: string, message = 'as AWS says it') => Object.assign(new Error(message), { name });
const kindOf = (fault: PlatformFault) => (fault instanceof Throttled ? 'throttled' : fault.kind);

it.each([
  ['ThrottlingException', 'Rate exceeded', 'throttled'],
  ['RequestLimitExceeded', 'Request limit exceeded', 'throttled'],
  ['InvalidParameterException', SUBNET, 'throttled'],
  ['InvalidParameterException', GROUP, 'throttled'],
  ['ServerException', 'Service Unavailable. Please try again later.', 'transient'],
  ['TimeoutError', 'socket timeout', 'transient'],
  ['AbortError', 'Request aborted', 'transient'],
  // A refused connection has no name of its own.
  ['Error', 'connect ECONNREFUSED 127.0.0.1:443', 'transient'],
  ['SyntaxError', 'Unexpected token < in JSON', 'transient'],
  ['SomethingNewException', 'nobody knows', 'transient'],
  // With the ids of the tasks it is no fault: see ecs.test.ts.
  ['ConflictException', 'conflicts with existing tasks', 'transient'],
  ['LimitExceededException', 'The limit for the resource was exceeded.', 'capacity'],
  ['ClientException', "You've reached the limit on the number of tasks in PROVISIONING", 'capacity'],
  ['InvalidParameterException', VCPU, 'capacity'],
  ['AccessDeniedException', 'is not authorized to perform: ecs:RunTask', 'config'],
  ['ExpiredTokenException', 'The security token included in the request is expired', 'config'],
  ['UnrecognizedClientException', 'The security token included in the request is invalid.', 'config'],
  ['BlockedException', 'Your account is currently blocked.', 'config'],
  ['ClusterNotFoundException', 'Cluster not found.', 'config'],
  ['ClientException', 'TaskDefinition not found.', 'config'],
  ['InvalidParameterException', 'The provided subnet does not exist', 'config'],
  ['PlatformUnknownException', 'The specified platform version does not exist.', 'config'],
  ['PlatformTaskDefinitionIncompatibilityException', 'does not meet the requirements', 'config'],
  ['UnsupportedFeatureException', 'not supported in this Region', 'config'],
])('%s: %s is %s', (name, message, kind) => {
  const fault = toFault('RunTask', awsError(name, message));
  expect(kindOf(fault)).toBe(kind);
  // Whatever it is, the operator reads AWS's own words.
  expect(fault.message).toBe(`ECS RunTask: ${name}: ${message}`);
});

it.each<[Failure | undefined, string]>([
  [{ reason: 'Capacity is unavailable at this time. Please try again later' }, 'capacity'],
  [{ reason: 'RESOURCE:CPU' }, 'capacity'],
  [{ reason: 'RESOURCE:MEMORY' }, 'capacity'],
  [{ reason: 'RESOURCE:ENI' }, 'capacity'],
  [{ reason: VCPU }, 'capacity'],
  [{ reason: 'AGENT' }, 'capacity'],
  [{ reason: SUBNET }, 'throttled'],
  [{ reason: 'ATTRIBUTE' }, 'config'],
  [{ reason: 'LOCATION' }, 'config'],
  [{ reason: 'MISSING' }, 'config'],
  [{ reason: 'INACTIVE' }, 'config'],
  [{ reason: 'a new one', detail: 'with more words' }, 'transient'],
  [{}, 'transient'],
  [undefined, 'transient'],
])('the failure %o is %s', (failure, kind) => {
  const fault = failureFault(failure);
  expect(kindOf(fault)).toBe(kind);
  expect(fault.message).toContain(failure?.reason ?? 'it gives no reason');
  if (failure?.detail) expect(fault.message).toContain(failure.detail);
});

it('leaves a fault as it is', () => {
  const fault = new PlatformFault('capacity', 'full');
  expect(toFault('RunTask', fault)).toBe(fault);
});
