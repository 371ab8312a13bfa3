// What `npm start` reads besides the settings of the programs.
import { z } from 'zod';
import { port } from './fields.ts';

export const startShape = {
  MEEBOTER_HOME: z.string().min(1).default('.meeboter').describe('Where `npm start` keeps its data.'),
  LAB_PORT: port.default(3001).describe('Port of the lab, where `npm start` holds meetings to try.'),
  MEEBOTER_DEMO: z
    .stringbool()
    .default(true)
    .describe('Whether `npm start` sends a demo bot into a lab meeting.'),
};
export type StartSettings = z.infer<z.ZodObject<typeof startShape>>;
