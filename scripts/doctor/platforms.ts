import { internalUrl } from '@meeboter/chassis/env/address.ts';
import { directUrl } from '@meeboter/chassis/env/database.ts';
import { botLimit, type DeploymentPlatform, launchRate } from '@meeboter/chassis/env/pool.ts';
import type { Settings } from '@meeboter/chassis/env.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { openPlatform } from '@meeboter/deployer/platforms/open.ts';
import { PlatformFault } from '@meeboter/deployer/platforms/platform.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { leftOverPlatforms } from '@meeboter/prisma/sql/left-over-platforms.ts';
import { type Finding, findingsOf, messageOf } from './finding.ts';

const LIMIT_MS = 30_000;

/** Checks each platform of PLATFORM_PRIORITY: its settings, that it answers with the rights that are needed, and its limits. Then those that it does not name any more. */
export async function checkPlatforms(settings: Settings): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of settings.PLATFORM_PRIORITY) findings.push(...(await checkPlatform(name, settings)));
  findings.push(...(await checkLeftOver(settings)));
  return findings;
}

async function checkPlatform(name: DeploymentPlatform, settings: Settings): Promise<Finding[]> {
  const { ok, warning, error } = findingsOf(name);
  const limit = botLimit(settings, name);
  const rate = launchRate(settings, name);
  const size =
    limit === 0
      ? warning('its limit is 0: it gets no bots', 'Raise its limit, or leave it out of PLATFORM_PRIORITY.')
      : ok(
          `up to ${limit} bots at once; ${rate.burst} can be launched together, then ${rate.perSecond} a second`,
        );
  const db = openDatabase({ url: directUrl(settings), poolSize: 1, applicationName: 'meeboter doctor' });
  try {
    const platform = await openPlatform(name, {
      ...{ settings, db, log: createLog({ level: 'silent' }), apiUrl: internalUrl(settings) },
      onExit: () => undefined,
      untilThere: (work) => work(),
      isLookingOnly: true,
    });
    try {
      const { signal } = new AbortController();
      const running = await withTimeLimit(LIMIT_MS, () => platform.list(signal));
      const more = (await withTimeLimit(LIMIT_MS, async () => platform.check?.(signal))) ?? [];
      return [
        size,
        ok(`it answers, and runs ${running.length} of our bots`),
        ...more.map((it) => ({ ...it, about: name })),
      ];
    } finally {
      await platform.close?.();
    }
  } catch (cause) {
    const isRefused = cause instanceof PlatformFault && cause.kind === 'config';
    return [
      size,
      error(
        `it cannot be used: ${messageOf(cause)}`,
        isRefused
          ? 'Check its settings and the rights of its credentials.'
          : `See docs/platforms/${name}.md.`,
      ),
    ];
  } finally {
    await db.$disconnect().catch(() => undefined);
  }
}

/** Platforms that PLATFORM_PRIORITY does not name any more while bots run there. */
async function checkLeftOver(settings: Settings): Promise<Finding[]> {
  const db = openDatabase({ url: directUrl(settings), poolSize: 1, applicationName: 'meeboter doctor' });
  try {
    const left = await leftOverPlatforms(db, settings.PLATFORM_PRIORITY);
    return left.map(({ deployment_platform: name, in_use }) =>
      findingsOf(name).error(
        `${in_use} of its slots are in use, and PLATFORM_PRIORITY does not name it: nobody stops the bots that run there`,
        'Name it in PLATFORM_PRIORITY, drain it, and take it out when none of its slots is in use.',
      ),
    );
  } catch {
    // A database that does not answer, or has no tables yet, was found before.
    return [];
  } finally {
    await db.$disconnect().catch(() => undefined);
  }
}
