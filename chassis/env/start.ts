// What `npm start` reads besides the settings of the programs.
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { z } from 'zod';
import { port } from './fields.ts';

/** What MEEBOTER_DEMO may be, and where the demo bot goes then; false: nowhere. */
const DEMO_ANSWERS: Readonly<Record<string, MeetingPlatform | false>> = {
  ...{ meet: 'google-meet', 'google-meet': 'google-meet' },
  ...{ teams: 'microsoft-teams', 'microsoft-teams': 'microsoft-teams' },
  zoom: 'zoom',
  ...{ true: 'google-meet', yes: 'google-meet', on: 'google-meet', 1: 'google-meet', y: 'google-meet' },
  ...{ false: false, no: false, off: false, 0: false, n: false },
  ...{ enabled: 'google-meet', disabled: false },
};

const demo = z.string().transform((text, context): MeetingPlatform | false => {
  const answer = text.trim().toLowerCase();
  if (Object.hasOwn(DEMO_ANSWERS, answer)) return DEMO_ANSWERS[answer] ?? false;
  context.addIssue({ code: 'custom', message: 'must be meet, teams or zoom, or false for no demo bot' });
  return z.NEVER;
});

export const startShape = {
  MEEBOTER_HOME: z.string().min(1).default('.meeboter').describe('Where `npm start` keeps its data.'),
  LAB_PORT: port.default(3001).describe('Port of the lab, where `npm start` holds meetings to try.'),
  MEEBOTER_DEMO: demo
    .default('google-meet')
    .describe(
      'Into which lab meeting `npm start` sends a demo bot: `meet`, `teams` or `zoom`. `false`: no demo bot.',
    ),
};
export type StartSettings = z.infer<z.ZodObject<typeof startShape>>;
