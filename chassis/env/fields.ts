// Schemas for the kinds of values that settings have.
import { z } from 'zod';

export const port = z.coerce.number().int().min(1).max(65_535);
/** A time in milliseconds. */
export const ms = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });

/** The words of a list that is separated by commas. */
export const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
