// Bots on the deployer's own machine.
import { z } from 'zod';

export const localShape = {
  RUNTIME_DIR: z
    .string()
    .min(1)
    .default('.meeboter/runtimes')
    .describe('Scratch folder of bots on this machine.'),
  CHROMIUM_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('Browser of bots on this machine. Unset: Chromium or Chrome where Debian puts them.'),
};
