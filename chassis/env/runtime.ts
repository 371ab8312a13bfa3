// What the API tells a bot when it has claimed its booking.
import { LEASE_BEFORE_ADMISSION_MS, LEASE_IN_CALL_MS } from '@meeboter/domain/bot-protocol.ts';
import { z } from 'zod';
import { ms, words } from './fields.ts';

/** Note takers of other makers, by words that their display names contain and those of people do not. */
const WELL_KNOWN_NOTE_TAKERS = [
  'Otter.ai',
  'OtterPilot',
  'Fireflies.ai',
  'read.ai',
  'Fathom Notetaker',
  'tl;dv',
  'MeetGeek',
  'Avoma',
  'Gong.io',
  'Gong Notetaker',
  'Granola',
];

export const runtimeShape = {
  LEASE_BEFORE_ADMISSION_MS: ms(1_000, 600_000)
    .default(LEASE_BEFORE_ADMISSION_MS)
    .describe('How long a bot that is not in the call yet may be mute before another is sent.'),
  LEASE_IN_CALL_MS: ms(1_000, 7_200_000)
    .default(LEASE_IN_CALL_MS)
    .describe('How long a bot in the call stays there while the API is away.'),
  NOTE_TAKER_NAMES: z
    .string()
    .transform(words)
    .pipe(z.array(z.string().max(100, 'a name has at most 100 characters')).max(200, 'has at most 200 names'))
    .default(WELL_KNOWN_NOTE_TAKERS)
    .describe(
      'Names of guests that never count as company, separated by commas: when only they and bots are left, a bot leaves. A guest is one when its name contains one of these as whole words. A booking may add more.',
    ),
  RECORDING_PRESET: z
    .enum(['veryfast', 'ultrafast'])
    .default('veryfast')
    .describe('veryfast: 5 MB a minute. ultrafast: a quarter less CPU, 12.5 MB a minute.'),
};
export type RuntimeSettings = z.infer<z.ZodObject<typeof runtimeShape>>;
