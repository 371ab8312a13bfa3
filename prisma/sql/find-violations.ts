import { readFile } from 'node:fs/promises';
import type { Db } from '../client.ts';

export interface Violation {
  /** I1 to I9. */
  invariant: string;
  violation: string;
}

const FILE = new URL('../invariants.sql', import.meta.url);
let statement: Promise<string> | undefined;

/** Runs prisma/invariants.sql and returns every violation. It reads whole tables: not for a hot path. */
export async function findViolations(db: Db): Promise<Violation[]> {
  statement ??= readFile(FILE, 'utf8');
  return db.$queryRawUnsafe<Violation[]>(await statement);
}
