import { internalUrl, publicUrl } from '@meeboter/chassis/env/address.ts';
import type { Settings } from '@meeboter/chassis/env.ts';
import { type Finding, findingsOf, messageOf } from './finding.ts';

const { ok, warning } = findingsOf('address');
const LIMIT_MS = 5_000;

/** Checks the addresses at which users and bots reach the API. */
export async function checkAddresses(settings: Settings): Promise<Finding[]> {
  const bots = internalUrl(settings);
  const isHere = /^https?:\/\/(127\.|localhost|\[::1\])/.test(bots);
  const elsewhere = settings.PLATFORM_PRIORITY.filter((name) => name !== 'local');
  const reach =
    isHere && elsewhere.length > 0
      ? warning(
          `bots on ${elsewhere.join(', ')} are told to call ${bots}, which is their own machine`,
          'Set API_INTERNAL_URL, or API_PUBLIC_URL, to an address that they can reach.',
        )
      : ok(`bots call ${bots}, users ${publicUrl(settings)}`);
  try {
    const response = await fetch(new URL('/readyz', bots), { signal: AbortSignal.timeout(LIMIT_MS) });
    return [
      reach,
      response.ok
        ? ok('the API answers there')
        : warning(`the API answers ${response.status} there`, 'Read its log.'),
    ];
  } catch (cause) {
    return [reach, warning(`no API answers there: ${messageOf(cause)}`, 'Start it, or check the address.')];
  }
}
