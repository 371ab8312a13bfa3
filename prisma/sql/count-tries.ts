import { FREE_ATTEMPT_ENDS } from '@meeboter/domain/reasons.ts';
import type { Db } from '../client.ts';

/**
 * How many attempts of a bot count towards the limit of attempts. Not counted: attempts that ended because
 * the platform had no capacity, or because the user moved the booking (FREE_ATTEMPT_ENDS). Served by
 * deployments_bot_id_attempt_key.
 */
export async function countTries(db: Db, botId: string): Promise<number> {
  const rows = await db.$queryRaw<{ tries: number }[]>`
    SELECT count(*)::int AS tries FROM deployments
    WHERE bot_id = ${botId} AND coalesce(fail_sub_code, '') <> ALL(${[...FREE_ATTEMPT_ENDS]}::text[])`;
  return rows[0]?.tries ?? 0;
}
