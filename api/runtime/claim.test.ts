import { claimToken } from '@meeboter/chassis/tokens.ts';
import {
  CLAIM_PATH,
  claimAnswerSchema,
  LEASE_SELF_FENCE_SHARE,
  REPORT_INTERVAL_MS,
} from '@meeboter/domain/bot-protocol.ts';
import { expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld } from '../../e2e/support/world.ts';

/** Claims a bot in a world with this lease before admission, and returns the answer. */
async function claimWith(leaseMs: string) {
  const aws = platformDouble();
  const env = { PLATFORM_PRIORITY: 'aws', LEASE_BEFORE_ADMISSION_MS: leaseMs };
  const world = await startWorld({ platforms: { aws }, env });
  try {
    await world.book({ meeting_url: 'https://meet.google.com/abc-defg-hij' });
    const [deploymentId = ''] = await eventually(
      'a deployment runs',
      () => aws.running.size > 0 && [...aws.running],
    );
    const token = claimToken(world.settings.MEEBOTER_SECRET, deploymentId);
    const response = await fetch(world.apiUrl + CLAIM_PATH, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ runtime_id: 'run_of_the_test', version: 'test' }),
    });
    return claimAnswerSchema.parse(await response.json());
  } finally {
    await world.close();
  }
}

it.each(['60000', '6000', '1000'])(
  'the report interval fits several times into a lease of %s ms',
  async (leaseMs) => {
    const claim = await claimWith(leaseMs);
    const selfFenceMs = Number(leaseMs) * LEASE_SELF_FENCE_SHARE;
    expect(claim.lease_before_admission_ms).toBe(Number(leaseMs));
    expect(claim.report_interval_ms).toBeLessThan(selfFenceMs / 3);
    expect(claim.report_interval_ms).toBeLessThanOrEqual(REPORT_INTERVAL_MS);
  },
);
