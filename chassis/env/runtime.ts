// What the API tells a bot when it has claimed its booking.
import { LEASE_BEFORE_ADMISSION_MS, LEASE_IN_CALL_MS } from '@meeboter/domain/bot-protocol.ts';
import { z } from 'zod';
import { ms } from './fields.ts';

export const runtimeShape = {
  LEASE_BEFORE_ADMISSION_MS: ms(1_000, 600_000)
    .default(LEASE_BEFORE_ADMISSION_MS)
    .describe('How long a bot that is not in the call yet may be mute before another is sent.'),
  LEASE_IN_CALL_MS: ms(1_000, 7_200_000)
    .default(LEASE_IN_CALL_MS)
    .describe('How long a bot in the call stays there while the API is away.'),
  RECORDING_PRESET: z
    .enum(['veryfast', 'ultrafast'])
    .default('veryfast')
    .describe('veryfast: 5 MB a minute. ultrafast: a quarter less CPU, 12.5 MB a minute.'),
};
export type RuntimeSettings = z.infer<z.ZodObject<typeof runtimeShape>>;
