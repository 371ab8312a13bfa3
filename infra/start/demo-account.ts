import type { Api } from '@meeboter/api/api.ts';
import { keepSecrets, type LocalSecrets } from './local-secrets.ts';

/** The demo account's API key; the account and the key are made when the database has none. */
export async function demoApiKey(api: Api, home: string, secrets: LocalSecrets): Promise<string> {
  const { auth, db } = api.context;
  const known = await db.user.findUnique({ where: { email: secrets.demo_email }, select: { id: true } });
  const userId = known?.id ?? (await makeAccount(api, secrets));
  if (secrets.demo_api_key !== null) {
    const verified = await auth.api.verifyApiKey({ body: { key: secrets.demo_api_key } });
    if (verified.valid) return secrets.demo_api_key;
  }
  const { key } = await auth.api.createApiKey({ body: { userId, name: 'demo' } });
  keepSecrets(home, { ...secrets, demo_api_key: key });
  return key;
}

/** Made here and not over HTTP: sign-up stays closed to strangers. */
async function makeAccount(api: Api, secrets: LocalSecrets): Promise<string> {
  const context = await api.context.auth.$context;
  const user = await context.internalAdapter.createUser({
    email: secrets.demo_email,
    name: 'Demo',
    emailVerified: true,
  });
  await context.internalAdapter.linkAccount({
    userId: user.id,
    providerId: 'credential',
    accountId: user.id,
    password: await context.password.hash(secrets.demo_password),
  });
  return user.id;
}
