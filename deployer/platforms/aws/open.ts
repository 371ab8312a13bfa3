// Opens the platform `aws` with the real client.
import { ECSClient } from '@aws-sdk/client-ecs';
import { withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import type { OpenContext } from '../open.ts';
import type { Platform } from '../platform.ts';
import { createEcsApi } from './api.ts';
import { createCheck } from './check.ts';
import { createEcsPlatform } from './ecs.ts';
import { type AwsConfig, missingTaskDefinitions, readConfig } from './settings.ts';
import { BACKOFF } from './throttle.ts';

/** The SDK asks the machine's metadata service for a role when nothing else gives credentials. */
const CREDENTIALS_MS = 15_000;

/**
 * Throws one Error that names all variables that are missing or wrong, or says that no credentials were found. Makes
 * no call of ECS: one that cannot be reached now may be there for the first bot.
 */
export async function openAws({ settings, log, apiUrl }: OpenContext): Promise<Platform> {
  const config = readConfig(settings);
  const missing = missingTaskDefinitions(config);
  if (missing.length > 0) {
    log.warn(
      { missing },
      'aws has no task definition for some meeting platforms: their bots cannot run there',
    );
  }
  if (config.endpoint === undefined && /^(localhost|127\.|\[::1\])/.test(new URL(apiUrl).host)) {
    log.warn({ apiUrl }, 'no bot on aws can call this address back: set API_PUBLIC_URL or API_INTERNAL_URL');
  }
  const client = newClient(config);
  try {
    await withTimeLimit(CREDENTIALS_MS, () => client.config.credentials());
  } catch (cause) {
    client.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The platform aws cannot be used: there are no AWS credentials. ${why}`, { cause });
  }
  const api = createEcsApi(client, config.cluster, BACKOFF);
  return {
    ...createEcsPlatform({ api, config }),
    check: createCheck(client, config, BACKOFF),
    close: () => client.destroy(),
  };
}

const newClient = ({ region, endpoint }: AwsConfig): ECSClient =>
  new ECSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // throttle.ts and the deployer's jobs repeat calls.
    maxAttempts: 1,
    // The SDK waits without end by default.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 25_000, throwOnRequestTimeout: true },
  });
