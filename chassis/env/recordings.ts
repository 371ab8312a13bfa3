// What becomes of recordings after the call.
import type { z } from 'zod';
import { ms } from './fields.ts';

export const recordingsShape = {
  RECORDING_FINISH_TIMEOUT_MS: ms(0, 7 * 86_400_000)
    .default(6 * 3_600_000)
    .describe(
      'How long finishing a recording is tried again while the object store is away. After that it is failed; its parts stay in the store.',
    ),
};
export type RecordingsSettings = z.infer<z.ZodObject<typeof recordingsShape>>;
