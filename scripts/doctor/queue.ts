import type { QueueSettings } from '@meeboter/chassis/env/queue.ts';
import { withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { Redis } from 'ioredis';
import { clockFinding, type Finding, findingsOf, messageOf } from './finding.ts';

const ABOUT = 'queue';
const { ok, warning, error } = findingsOf(ABOUT);
const LIMIT_MS = 10_000;

/** Checks the queue's server: that it answers, keeps what it is given, and its clock. */
export async function checkQueue({ REDIS_URL }: QueueSettings): Promise<Finding[]> {
  if (REDIS_URL === undefined)
    return [ok('it is in PostgreSQL (REDIS_URL is unset): good for about 1,000 bots')];
  const redis = new Redis(REDIS_URL, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => undefined);
  try {
    return await withTimeLimit(LIMIT_MS, () => look(redis));
  } catch (cause) {
    return [
      error(`Redis does not answer: ${messageOf(cause)}`, 'Check REDIS_URL: host, port, user and password.'),
    ];
  } finally {
    redis.disconnect();
  }
}

async function look(redis: Redis): Promise<Finding[]> {
  await redis.connect();
  const askedAtMs = Date.now();
  const [seconds, micros] = await redis.time();
  const answeredAtMs = Date.now();
  const info = await redis.info();
  const [, version = ''] = /redis_version:(\S+)/.exec(info) ?? [];
  return [
    Number.parseInt(version, 10) >= 7
      ? ok(`Redis ${version}`)
      : warning(`Redis ${version}`, 'Use Redis 7 or newer: this one is not tested.'),
    clockFinding(ABOUT, Number(seconds) * 1_000 + Number(micros) / 1_000, { askedAtMs, answeredAtMs }),
    /maxmemory_policy:noeviction/.test(info)
      ? ok('it forgets nothing when its memory is full (noeviction)')
      : error(
          'it throws jobs away when its memory is full',
          'Set maxmemory-policy to noeviction, and use a Redis of its own for the queue.',
        ),
    /aof_enabled:1/.test(info)
      ? ok('it writes what it is given to its disk (appendonly)')
      : warning(
          'it loses its jobs when it restarts',
          'Set appendonly yes. No booking is lost without it, but some bots are a few seconds late.',
        ),
  ];
}
