// Checks that Coolify can be used: that it answers, that the token may do what we need, that project and server exist.
import type { Log } from '@meeboter/chassis/log.ts';
import type { CoolifyApi } from './api.ts';
import { CoolifyFault, isNotFound, saysThat } from './fault.ts';
import type { CoolifyOptions } from './options.ts';
import { type Features, featuresOf } from './version.ts';

/** No application has it: Coolify looks at the token's permissions before it looks for the application. */
const NOBODY = 'meeboter-permission-check';

/**
 * Returns what this Coolify can do. Throws a fault of kind `config` that says what to change, or a transient one
 * while Coolify is away. Changes nothing in Coolify.
 */
export async function preflight(
  api: CoolifyApi,
  { projectUuid, environmentName, serverUuid }: CoolifyOptions,
  log: Log,
  signal: AbortSignal,
): Promise<Features> {
  const version = await allowed('read', api.version(signal));
  await named('COOLIFY_PROJECT_UUID or COOLIFY_ENVIRONMENT_NAME', () =>
    api.environment(projectUuid, environmentName, signal),
  );
  const { settings } = await named('COOLIFY_SERVER_UUID', () => api.server(serverUuid, signal));
  await allowed('write', refusedForThat(api.changeApplication(NOBODY, { description: '' }, signal)));
  await allowed('deploy', refusedForThat(api.deploy(NOBODY, signal)));
  if (settings?.is_reachable === false || settings?.is_usable === false) {
    log.warn({ server: serverUuid }, 'Coolify says that the server of the bots cannot be used now');
  }
  log.info({ version }, 'Coolify can be used');
  return featuresOf(version);
}

/** Names the permission that is missing. */
async function allowed<T>(permission: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!saysThat(cause, 403, /permission|unauthorized/i)) throw cause;
    throw new CoolifyFault('config', `COOLIFY_API_TOKEN may not ${permission}. ${cause.message}`, {
      ...{ status: 403, words: cause.words, cause },
    });
  }
}

/** Names the variable whose thing does not exist. */
async function named<T>(variable: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
    const message = `${variable} names nothing that COOLIFY_API_TOKEN's team has: ${cause.words}`;
    throw new CoolifyFault('config', message, { status: 404, words: cause.words, cause });
  }
}

/** That Coolify knows no such application, or does not like what is sent to it, is what it says after it has looked at the permissions. */
const refusedForThat = (work: Promise<unknown>) =>
  work.catch((error: unknown) => {
    if (!isNotFound(error) && !saysThat(error, 422, /./) && !saysThat(error, 400, /./)) throw error;
  });
