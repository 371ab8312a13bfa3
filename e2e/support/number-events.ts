import { openSequencerSession } from '@meeboter/prisma/event-sequencer.ts';

/** Gives all events their numbers, for a test without a scheduler. */
export async function numberEvents(databaseUrl: string): Promise<void> {
  const sequencer = await openSequencerSession(databaseUrl);
  await sequencer.numberEvents(100_000);
  await sequencer.close();
}
