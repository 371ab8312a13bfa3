import { openSequencerSession } from '@meeboter/prisma/event-sequencer.ts';

/** Does the sequencer's work once, for a test in which no scheduler runs. */
export async function numberEvents(databaseUrl: string): Promise<void> {
  const sequencer = await openSequencerSession(databaseUrl);
  await sequencer.numberEvents(100_000);
  await sequencer.close();
}
