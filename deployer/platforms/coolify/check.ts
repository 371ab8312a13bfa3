// What `npm run doctor` says about Coolify.
import type { Log } from '@meeboter/chassis/log.ts';
import type { PlatformFinding } from '../platform.ts';
import type { CoolifyApi } from './api.ts';
import type { CoolifyOptions } from './options.ts';
import { preflight } from './preflight.ts';

/** Coolify's default for `concurrent_builds`. */
const BUILDS_BY_DEFAULT = 2;

/** Throws PlatformFault when Coolify does not answer, or when the token, the project or the server will not do. */
export async function checkCoolify(
  api: CoolifyApi,
  options: CoolifyOptions,
  log: Log,
  signal: AbortSignal,
): Promise<PlatformFinding[]> {
  await preflight(api, options, log, signal);
  const version = (await api.version(signal)).trim();
  const { settings } = await api.server(options.serverUuid, signal);
  const findings: PlatformFinding[] = [
    { level: 'ok', text: `version ${version}; the token may read, write and deploy` },
  ];
  if (settings?.is_reachable === false || settings?.is_usable === false) {
    findings.push({
      ...{ level: 'error', text: 'Coolify says that the server of the bots cannot be used' },
      todo: 'Validate it in Coolify: Servers, the server, Validate Server.',
    });
  }
  const builds = settings?.concurrent_builds ?? BUILDS_BY_DEFAULT;
  const text = `the server carries out ${builds} deployments at a time`;
  findings.push(
    builds > BUILDS_BY_DEFAULT
      ? { level: 'ok', text }
      : {
          ...{ level: 'warning', text },
          todo: 'Raise "Concurrent Builds" of the server when more bots than that start at the same minute.',
        },
  );
  return findings;
}
