// Accounts and API keys that the operator creates. Over HTTP, sign-up is closed by default.
import type { ApiContext } from './context.ts';

type AccountContext = Pick<ApiContext, 'auth' | 'db'>;

interface NewAccount {
  email: string;
  name: string;
  password: string;
  /** True: makes the account an admin, also when it exists already. Never takes the role away. */
  admin?: boolean;
}

/** Returns the id of the account with this e-mail address. Creates it with this password when there is none. */
export async function ensureAccount(context: AccountContext, account: NewAccount): Promise<string> {
  const email = account.email.toLowerCase();
  const known = await context.db.user.findUnique({ where: { email }, select: { id: true } });
  const id = known?.id ?? (await makeAccount(context, { ...account, email }));
  if (account.admin) await context.db.user.update({ where: { id }, data: { role: 'admin' } });
  return id;
}

async function makeAccount({ auth }: AccountContext, account: NewAccount): Promise<string> {
  const context = await auth.$context;
  const user = await context.internalAdapter.createUser(
    { email: account.email, name: account.name, emailVerified: true },
    { method: 'email-password' },
  );
  await context.internalAdapter.linkAccount({
    userId: user.id,
    providerId: 'credential',
    accountId: user.id,
    password: await context.password.hash(account.password),
  });
  return user.id;
}

/** Creates an API key. This is the only time that the key is available in clear text. */
export async function newApiKey({ auth }: AccountContext, userId: string, name: string): Promise<string> {
  const { key } = await auth.api.createApiKey({ body: { userId, name } });
  return key;
}
