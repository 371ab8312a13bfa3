// Starts the meeting page alone (page-main.ts) as a process whose children can be measured as a runtime's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { environment } from '@meeboter/chassis/env/read.ts';
import { DEPLOYMENT_MARK, WORK_DIR } from '../../deployer/platforms/local/processes.ts';
import type { ClaimAnswer } from '../../domain/bot-protocol.ts';
import { leaveRulesSchema } from '../../domain/leave-rules.ts';
import { parseMeetingLink } from '../../domain/meeting-links/parse.ts';

const MAIN = fileURLToPath(new URL('page-main.ts', import.meta.url));
const JOINS_WITHIN_MS = 120_000;

export interface PageAlone {
  /** The folder by which its processes are found. */
  workDir: string;
  close(): Promise<void>;
}

/** Opens a lab meeting's page, as a bot of 1280×720 does, and resolves when it is in the call. */
export async function openPageAlone(
  url: string,
  labOrigin: string,
  folder: string,
  chromiumPath: string | undefined,
): Promise<PageAlone> {
  const workDir = join(folder, `page-${process.hrtime.bigint()}`);
  mkdirSync(workDir, { recursive: true });
  const child = spawn(process.execPath, [MAIN, JSON.stringify(claimFor(url, labOrigin))], {
    env: {
      ...environment(),
      ...(chromiumPath === undefined ? {} : { CHROMIUM_PATH: chromiumPath }),
      ...{ HOME: workDir, TMPDIR: workDir, [WORK_DIR]: workDir, [DEPLOYMENT_MARK]: 'page alone' },
      MEEBOTER_API_URL: labOrigin,
      MEEBOTER_CLAIM_TOKEN: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const close = () => end(child);
  try {
    const [line] = await once(createInterface(child.stdout), 'line', {
      signal: AbortSignal.any([AbortSignal.timeout(JOINS_WITHIN_MS), goneSignal(child)]),
    });
    if (line !== 'in the call') throw new Error(`the page alone said: ${line}`);
  } catch (error) {
    await close();
    throw new Error(`The page alone did not come into the call: ${url}`, { cause: error });
  }
  return { workDir, close };
}

function goneSignal(child: ChildProcess): AbortSignal {
  const gone = new AbortController();
  child.once('exit', () => gone.abort(new Error('it ended')));
  return gone.signal;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function claimFor(url: string, labOrigin: string): ClaimAnswer {
  const parsed = parseMeetingLink(url, { labOrigin });
  if (!parsed.ok) throw new Error(parsed.message);
  const { platform, joinUrl, allowedOrigins, passcode } = parsed.link;
  const now = new Date().toISOString();
  return {
    ...{ session_token: 'none', bot_id: 'none', attempt: 1, epoch: '1', server_time: now, join_at: now },
    ...{ report_interval_ms: 5_000, lease_before_admission_ms: 60_000, lease_in_call_ms: 900_000 },
    meeting: { platform, url: joinUrl, passcode, allowed_origins: allowedOrigins },
    display_name: 'Page alone',
    leave_rules: leaveRulesSchema.parse({}),
    ...{ end_at: null, note_takers: [], entry_message: null },
    recording: { enabled: true, width: 1280, height: 720, fps: 15, preset: 'veryfast' },
  };
}
