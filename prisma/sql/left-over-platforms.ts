import type { Db } from '../client.ts';

export interface LeftOverPlatform {
  deployment_platform: string;
  /** Slots that are not idle: a bot runs there, or its stop is not confirmed. */
  in_use: number;
}

/**
 * Deployment platforms outside `inUse` that still have slots in use. No deployer that goes by this list looks at them:
 * what runs there is never told to stop. Reads all slots that are not idle; called at a start, and for operators.
 */
export function leftOverPlatforms(db: Db, inUse: readonly string[]): Promise<LeftOverPlatform[]> {
  return db.$queryRaw<LeftOverPlatform[]>`
    SELECT deployment_platform, count(*)::int AS in_use FROM bot_pool_slots
    WHERE state <> 'idle' AND deployment_platform <> ALL(${[...inUse]}::text[])
    GROUP BY deployment_platform ORDER BY deployment_platform`;
}
