// Settings that apply to all bookings.
import type { z } from 'zod';
import { httpUrl, ms } from './fields.ts';

export const bookingShape = {
  GLOBAL_QUEUE_TIMEOUT_MS: ms(1_000, 86_400_000)
    .default(600_000)
    .describe('How long a bot may wait for a slot unless its booking says otherwise.'),
  LAB_ORIGIN: httpUrl
    .optional()
    .describe('Origin of a lab meeting server whose links may be booked, for trying out and tests.'),
};
export type BookingSettings = z.infer<z.ZodObject<typeof bookingShape>>;
