import { Prisma } from '../generated/client.ts';

/**
 * Two steps of a statement that writes one event for every row of the step `of` (which has a `user_id`):
 * locks the accounts, in one order, so that no two wait for each other, and raises their counters. After
 * them `counted` has each account's `seq_before`: its nth event has number `seq_before + n`. The lock is
 * held until the commit, so numbers follow commit order without a gap. Served by the primary key.
 */
export const eventNumbers = (of: Prisma.Sql): Prisma.Sql => Prisma.sql`users AS MATERIALIZED (
      SELECT s.user_id FROM subscription s WHERE s.user_id IN (SELECT user_id FROM ${of})
      ORDER BY s.user_id FOR UPDATE
    ), counted AS (
      UPDATE subscription s SET event_seq = s.event_seq + n.n
      FROM (SELECT user_id, count(*) AS n FROM ${of} GROUP BY user_id) n, users
      WHERE s.user_id = n.user_id AND users.user_id = n.user_id
      RETURNING s.user_id, s.event_seq - n.n AS seq_before
    )`;
