// The address of the API: for the API itself, and for the deployer, which passes it to bots.
import { z } from 'zod';
import { httpUrl, port } from './fields.ts';

export const addressShape = {
  API_HOST: z.string().min(1).default('127.0.0.1').describe('Address the API listens on.'),
  API_PORT: port.default(3000).describe('Port the API listens on.'),
  API_PUBLIC_URL: httpUrl
    .optional()
    .describe('The API as users reach it. Default: http://API_HOST:API_PORT.'),
  API_INTERNAL_URL: httpUrl.optional().describe('The API as bots reach it. Default: API_PUBLIC_URL.'),
};
export type AddressSettings = z.infer<z.ZodObject<typeof addressShape>>;

/** The API's address for users. */
export function publicUrl(settings: AddressSettings): string {
  // 0.0.0.0 and :: are addresses to listen on; nobody can connect to them.
  const host = ['0.0.0.0', '::'].includes(settings.API_HOST) ? '127.0.0.1' : settings.API_HOST;
  return settings.API_PUBLIC_URL ?? `http://${host}:${settings.API_PORT}`;
}

/** The API's address for bots. */
export function internalUrl(settings: AddressSettings): string {
  return settings.API_INTERNAL_URL ?? publicUrl(settings);
}
