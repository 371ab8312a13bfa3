import { ensureAccount, newApiKey } from '@meeboter/api/account.ts';
import type { Api } from '@meeboter/api/api.ts';
import { keepSecrets, type LocalSecrets } from './local-secrets.ts';

/** The demo account's API key; the account, an admin, and the key are made when the database has none. */
export async function demoApiKey(api: Api, home: string, secrets: LocalSecrets): Promise<string> {
  const userId = await ensureAccount(api.context, {
    email: secrets.demo_email,
    name: 'Demo',
    password: secrets.demo_password,
    admin: true,
  });
  if (secrets.demo_api_key !== null) {
    const verified = await api.context.auth.api.verifyApiKey({ body: { key: secrets.demo_api_key } });
    if (verified.valid) return secrets.demo_api_key;
  }
  const key = await newApiKey(api.context, userId, 'demo');
  keepSecrets(home, { ...secrets, demo_api_key: key });
  return key;
}
