// The secret of this installation, and the rules for signing in.
import { z } from 'zod';
import { words } from './fields.ts';

export const secretShape = {
  MEEBOTER_SECRET: z
    .string()
    .min(32)
    .describe('Signs sessions and the tokens of bots. At least 32 characters; changing it ends both.'),
};
export type SecretSettings = z.infer<z.ZodObject<typeof secretShape>>;

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'must be IP addresses or networks, like 10.0.0.0/8,fd00::1',
});

export const signInShape = {
  TRUSTED_PROXIES: z
    .string()
    .transform(words)
    .pipe(z.array(network))
    .default([])
    .describe(
      'Addresses or networks of proxies before the API, separated by commas: their X-Forwarded-For says who tries to sign in. Unset: whoever connects.',
    ),
  SIGN_UP: z
    .enum(['open', 'closed'])
    .default('closed')
    .describe('Whether strangers may make an account on this API.'),
};
export type SignInSettings = z.infer<z.ZodObject<typeof signInShape>>;
