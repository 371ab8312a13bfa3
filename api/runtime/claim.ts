// POST /runtime/v1/claim: a runtime exchanges its one-time token for the bot's configuration and a session token.
import type { ApiSettings } from '@meeboter/chassis/env.ts';
import { gather } from '@meeboter/chassis/gather.ts';
import { sessionToken } from '@meeboter/chassis/tokens.ts';
import { type ClaimAnswer, type ClaimRequest, REPORT_INTERVAL_MS } from '@meeboter/domain/bot-protocol.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { allowedOriginsOf } from '@meeboter/domain/meeting-links/origins.ts';
import {
  type Claim,
  type ClaimedDeployment,
  claimDeployment,
  claimDeployments,
} from '@meeboter/prisma/sql/claim-deployment.ts';
import type { ApiContext } from '../context.ts';
import { fenced } from './require-runtime.ts';

/** Most claims of one statement. */
const CLAIMS_AT_ONCE = 50;
const DISPLAY = { width: 1280, height: 720, fps: 15 };

/** Creates the handler of claims. The first runtime to claim a deployment gets its bot; any other gets 409 `fenced`. */
export function claimer(context: ApiContext) {
  const claim = gather<Claim, ClaimedDeployment | null>({
    together: (claims) => claimDeployments(context.db, claims),
    alone: (one) => claimDeployment(context.db, one),
    most: CLAIMS_AT_ONCE,
  });
  return async (deploymentId: string, request: ClaimRequest): Promise<ClaimAnswer> => {
    const claimed = await claim({
      deploymentId,
      runtimeId: request.runtime_id,
      leaseMs: context.settings.LEASE_BEFORE_ADMISSION_MS,
    });
    if (!claimed) throw fenced();
    return answer(context, claimed, request);
  };
}

function answer(
  { settings, log }: ApiContext,
  claimed: ClaimedDeployment,
  request: ClaimRequest,
): ClaimAnswer {
  const platform = claimed.meeting_platform as MeetingPlatform;
  log.info(
    {
      bot_id: claimed.bot_id,
      deployment_id: claimed.deployment_id,
      attempt: claimed.attempt,
      runtime_id: request.runtime_id,
    },
    claimed.fresh ? 'bot claimed' : 'bot claimed again by the same runtime',
  );
  return {
    session_token: sessionToken(settings.MEEBOTER_SECRET, claimed.deployment_id, request.runtime_id),
    bot_id: claimed.bot_id,
    attempt: claimed.attempt,
    epoch: String(claimed.epoch),
    server_time: new Date().toISOString(),
    report_interval_ms: reportIntervalMs(settings),
    lease_before_admission_ms: settings.LEASE_BEFORE_ADMISSION_MS,
    lease_in_call_ms: settings.LEASE_IN_CALL_MS,
    meeting: {
      platform,
      url: claimed.join_url,
      passcode: claimed.meeting_passcode,
      allowed_origins: allowedOriginsOf(platform, claimed.join_url),
    },
    display_name: claimed.display_name,
    join_at: claimed.join_at.toISOString(),
    end_at: claimed.end_at?.toISOString() ?? null,
    leave_rules: leaveRulesSchema.parse(claimed.leave_rules),
    note_takers: [...new Set([...settings.NOTE_TAKER_NAMES, ...claimed.note_takers])],
    entry_message: claimed.entry_message,
    recording: { enabled: claimed.recording_enabled, ...DISPLAY, preset: settings.RECORDING_PRESET },
  };
}

/** Short enough for several reports per lease, whatever lease is set, so that one lost report does not end a bot. */
function reportIntervalMs({ LEASE_BEFORE_ADMISSION_MS, LEASE_IN_CALL_MS }: ApiSettings): number {
  const shortest = Math.min(LEASE_BEFORE_ADMISSION_MS, LEASE_IN_CALL_MS);
  return Math.min(REPORT_INTERVAL_MS, Math.floor(shortest / 5));
}
