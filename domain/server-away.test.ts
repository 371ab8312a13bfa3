import { expect, it } from 'vitest';
import { isServerAway } from './server-away.ts';

const withFields = (fields: object, message = '') => Object.assign(new Error(message), fields);

it.each([
  withFields({ code: 'ECONNREFUSED' }),
  new AggregateError([withFields({ code: 'ECONNREFUSED' }), withFields({ code: 'ENETUNREACH' })]),
  withFields({ code: '57P01' }, 'terminating connection due to administrator command'),
  withFields({ code: '57P03' }, 'the database system is starting up'),
  withFields({ code: '53300' }, 'sorry, too many clients already'),
  withFields({ code: '08P01' }, 'server login has been failing, try again later (server_login_retry)'),
  withFields({ code: '08006' }),
  withFields({ code: 'P1001' }, "Can't reach database server"),
  withFields({
    code: 'P2010',
    meta: { driverAdapterError: { cause: { originalCode: '57P01', kind: 'postgres' } } },
  }),
  withFields({ meta: { driverAdapterError: { cause: { kind: 'ConnectionClosed' } } } }),
  new Error('Connection terminated unexpectedly'),
  new Error('Connection is closed.'),
  new Error('LOADING Redis is loading the dataset in memory'),
  withFields({ name: 'NoAnswerError' }, 'no answer within 5000 ms'),
])('takes for a server that is away: %s %o', (error) => {
  expect(isServerAway(error)).toBe(true);
});

it.each([
  null,
  'away',
  new Error('no'),
  new TypeError('x is not a function'),
  withFields({ code: '28P01' }, 'password authentication failed for user "u"'),
  withFields({ code: '3D000' }, 'database "nowhere" does not exist'),
  withFields({ code: '08P01' }, 'no such database: nowhere'),
  withFields({ code: 'P2002' }, 'Unique constraint failed'),
  withFields({
    code: 'P2010',
    meta: { driverAdapterError: { cause: { originalCode: '42703', kind: 'postgres' } } },
  }),
  withFields({ code: 12, meta: 'nothing of that shape' }),
  new AggregateError([new Error('no')], 'all failed'),
])('takes nothing else for it: %s %o', (error) => {
  expect(isServerAway(error)).toBe(false);
});
