import { z } from 'zod';

/** The variable of a limit. */
export const limitField = z.coerce.number().int().min(0).max(100_000);
