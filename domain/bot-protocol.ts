// The protocol between a runtime (the bot program in its container) and the API: claim,
// report, uploads. Both sides parse with these schemas.
//
// A runtime gets only MEEBOTER_API_URL and its one-time MEEBOTER_CLAIM_TOKEN. On a pool platform the environment of a
// container stays the same from bot to bot: it holds MEEBOTER_SLOT_ID and MEEBOTER_SLOT_TOKEN instead, and the
// runtime asks for its claim token first (`assignment`).
// Times are RFC 3339 in UTC, on the server's clock: the runtime reads `server_time` in the
// answers and counts on from there, since its machine's clock may be wrong.
import { z } from 'zod';
import { leaveRulesSchema } from './leave-rules.ts';
import { LEAVE_REASONS } from './reasons.ts';
import { RUNTIME_STATUSES } from './status.ts';
import { storable } from './text.ts';

export const ASSIGNMENT_PATH = '/runtime/v1/assignment';
export const CLAIM_PATH = '/runtime/v1/claim';
export const REPORT_PATH = '/runtime/v1/report';
export const UPLOADS_PATH = '/runtime/v1/uploads';

/** The problem `code` (HTTP 409) that tells a runtime to leave: another runtime has the bot, or the bot has ended. */
export const FENCED_CODE = 'fenced';

/** How often a runtime reports when nothing happens. */
export const REPORT_INTERVAL_MS = 5_000;
/** Lease before admission. Short, because a successor may be sent when it ends. */
export const LEASE_BEFORE_ADMISSION_MS = 60_000;
/** Lease in the call. Long, because no successor is sent then, and a control plane that is away for ten minutes must not make bots leave. */
export const LEASE_IN_CALL_MS = 15 * 60_000;
/** A runtime leaves on its own when its last accepted report is older than this share of its lease. */
export const LEASE_SELF_FENCE_SHARE = 0.8;

/** PostgreSQL has no year 0. */
const at = z.iso.datetime().refine((time) => !time.startsWith('0000'), 'There is no year 0.');
/** Text from a page, an error message or a store. Characters that cannot be stored are replaced: they must not make the report fail. */
const text = (max: number, min = 0) => z.string().min(min).max(max).overwrite(storable);
/** The largest number in a 32 bit column. */
const INT_MAX = 2 ** 31 - 1;
const mediaMs = z.int().nonnegative().max(INT_MAX);
const id = text(64);
/** S3 takes parts of up to 5 GiB. */
const partBytes = z
  .int()
  .nonnegative()
  .max(5 * 1024 ** 3);

/** Time stamps that a runtime reports. Each is set once per attempt. */
export const RUNTIME_PHASES = [
  'browser_ready',
  'knocked',
  'admitted',
  'first_media',
  'left',
  'uploaded',
] as const;
export type RuntimePhase = (typeof RUNTIME_PHASES)[number];

// ------------------------------------------------------------------ assignment

/**
 * The answer of `POST /runtime/v1/assignment`, with `Authorization: Bearer <slot token>` and no body. 404 while no
 * deployment of the slot waits for a runtime.
 */
export const assignmentAnswerSchema = z.object({ claim_token: z.string().min(1) });

// ------------------------------------------------------------------ claim

/** `POST /runtime/v1/claim`, with `Authorization: Bearer <claim token>`. */
export const claimRequestSchema = z.object({
  /** Chosen by the runtime at its start. When the same runtime repeats its claim, it gets the same answer. */
  runtime_id: text(64, 8),
  version: text(64),
});
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

/** The answer: everything that a runtime needs to know about its bot. */
export const claimAnswerSchema = z.object({
  session_token: z.string(),
  bot_id: z.string(),
  attempt: z.int().positive(),
  epoch: z.string(),
  server_time: at,
  report_interval_ms: z.int().positive(),
  lease_before_admission_ms: z.int().positive(),
  lease_in_call_ms: z.int().positive(),
  meeting: z.object({
    platform: z.enum(['google-meet', 'microsoft-teams', 'zoom']),
    /** Normalised link to open. */
    url: z.url(),
    /** A passcode to type where the page asks for one; null when none is known. */
    passcode: z.string().nullable(),
    /** What the browser may open as its main page: origins, or `https://*.domain`. Anything else is refused. */
    allowed_origins: z.array(z.string()),
  }),
  display_name: z.string(),
  /** When to knock. A time in the past means now. */
  join_at: at,
  /** The latest moment in the call: the bot leaves then, whoever is there. Null: none. */
  end_at: at.nullable().default(null),
  leave_rules: leaveRulesSchema,
  /** Guests that never count as company, such as note takers: those whose display name contains one of these as whole words, whatever the case. */
  note_takers: z.array(z.string()).default([]),
  /** A line that the bot writes into the chat once after its admission, such as a request for consent. Null: none. */
  entry_message: z.string().nullable().default(null),
  recording: z.object({
    enabled: z.boolean(),
    width: z.int(),
    height: z.int(),
    fps: z.int(),
    preset: z.enum(['ultrafast', 'veryfast']),
  }),
});
export type ClaimAnswer = z.infer<typeof claimAnswerSchema>;

// ----------------------------------------------------------------- report

/** Why a stretch of a recording is missing. */
const GAP_REASONS = [
  /** The recorder needed this long to start. */
  'started_late',
  /** The recorder got no processor time, while the bot went on. */
  'recorder_stalled',
  /** Bot and recorder stood still: the machine was paused or asleep, or had no processor time for them. */
  'bot_frozen',
  /** The end is missing: the recorder could not finish its work when the bot left. */
  'cut_short',
  /** A part of the file did not reach the object store, or was lost there. The server finds these. */
  'part_lost',
] as const;

/** More gaps than this are told as one. */
export const MAX_GAPS = 100;

export const recordingGapSchema = z.object({
  /** Where it begins, in ms from the start of the recording. */
  at_ms: mediaMs,
  missing_ms: mediaMs,
  reason: z.enum(GAP_REASONS),
});
export type RecordingGap = z.infer<typeof recordingGapSchema>;

const FACTS_MAX = 50;
const subCode = z.string().regex(/^[a-z0-9_]{1,64}$/);
/** Small values for the event, such as the timer that ran out or the button that was clicked. */
const facts = z
  .record(text(100), z.union([text(500), z.number(), z.boolean()]))
  .refine((given) => Object.keys(given).length <= FACTS_MAX, `At most ${FACTS_MAX} facts.`);

/** One thing that happened, as a runtime reports it. */
export const reportEntrySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    at,
    status: z.enum(RUNTIME_STATUSES),
    sub_code: subCode,
    detail: text(2_000).optional(),
    facts: facts.optional(),
  }),
  /** Something a person should know that changes no status. Becomes the event `bot.<notice>`. */
  z.object({
    kind: z.literal('notice'),
    at,
    /** `needs_action`: the bot waits for somebody. `action_settled`: no longer. `warning`: it goes on, but something is missing. */
    notice: z.enum(['needs_action', 'action_settled', 'warning']),
    sub_code: subCode,
    detail: text(2_000).optional(),
    facts: facts.optional(),
  }),
  z.object({ kind: z.literal('phase'), at, phase: z.enum(RUNTIME_PHASES) }),
  z.object({
    kind: z.literal('recording_state'),
    at,
    state: z.enum(['recording', 'stopped']),
  }),
  z.object({
    kind: z.literal('participant'),
    at,
    /** The page's own id of the participant, stable for one stay. */
    external_id: text(200, 1),
    name: text(500),
    /** `updated`: the page now shows another name, or that the participant is the host. */
    change: z.enum(['joined', 'updated', 'left']),
    is_host: z.boolean().optional(),
  }),
  z
    .object({
      kind: z.literal('speaker_turn'),
      external_id: text(200, 1),
      started_at: at,
      ended_at: at,
    })
    .refine((turn) => Date.parse(turn.ended_at) >= Date.parse(turn.started_at), {
      path: ['ended_at'],
      error: 'A turn cannot end before it begins.',
    }),
  z.object({
    kind: z.literal('part_uploaded'),
    at,
    recording_id: id,
    part_number: z.int().min(1).max(10_000),
    etag: text(200, 1),
    bytes: partBytes,
    /** Media recorded up to the end of this part, in ms. */
    media_ms: mediaMs,
  }),
  /** A stretch of the recording that holds no new picture. The same `at_ms` again replaces what was told before. */
  z.object({ kind: z.literal('recording_gap'), at, recording_id: id, ...recordingGapSchema.shape }),
  /** How many frames were left out so far, those in gaps not counted. */
  z.object({
    kind: z.literal('recording_frames'),
    at,
    recording_id: id,
    dropped: z.int().min(0).max(INT_MAX),
  }),
  z.object({
    kind: z.literal('evidence'),
    at,
    upload_id: id,
    label: text(100),
  }),
  z.object({
    kind: z.literal('log'),
    at,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: text(4_000),
  }),
]);
export type ReportEntry = z.infer<typeof reportEntrySchema>;

/** More entries than this go into the next report. */
export const REPORT_MAX_ENTRIES = 200;

/** `POST /runtime/v1/report`, with `Authorization: Bearer <session token>`. No entries: a heartbeat. */
export const reportRequestSchema = z.object({
  attempt: z.int().positive().max(INT_MAX),
  /** From the answer to the claim. */
  epoch: z.string().regex(/^\d{1,18}$/, 'An epoch is a whole number.'),
  /** 1, 2, 3 …: a report is sent again with the same number and content until it is acknowledged. */
  report_seq: z.int().positive().max(INT_MAX),
  entries: z.array(reportEntrySchema).max(REPORT_MAX_ENTRIES),
});
export type ReportRequest = z.infer<typeof reportRequestSchema>;

/** A command in the answer to a report. It is repeated until the runtime has carried it out. */
export const runtimeCommandSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('leave'), reason: z.enum(LEAVE_REASONS) }),
]);
export type RuntimeCommand = z.infer<typeof runtimeCommandSchema>;

export const reportAnswerSchema = z.object({
  acknowledged_seq: z.int().nonnegative(),
  server_time: at.optional(),
  lease_ms: z.int().positive(),
  /** Commands of an unknown kind are ignored: the server may be newer than the runtime. */
  commands: z.array(z.unknown()).transform((commands) =>
    commands.flatMap((command) => {
      const known = runtimeCommandSchema.safeParse(command);
      return known.success ? [known.data] : [];
    }),
  ),
  /** Display names of this installation's other bots that are in the call of the same meeting now, one for each: they never count as company. */
  bots_here: z.array(z.string()).default([]),
});
export type ReportAnswer = z.infer<typeof reportAnswerSchema>;

// ---------------------------------------------------------------- uploads

/** Smallest part S3 takes, but for the last one of an upload. */
export const PART_MIN_BYTES = 5 * 1024 * 1024;

/** `POST /runtime/v1/uploads`, with the session token. The API chooses every key. */
export const uploadRequestSchema = z.discriminatedUnion('kind', [
  /** URLs for parts of the recording. The first call opens it; later calls ask for further parts. */
  z.object({
    kind: z.literal('recording_parts'),
    content_type: z.enum(['video/mp4', 'audio/mp4']),
    started_at: at,
    from_part: z.int().min(1).max(10_000),
    count: z.int().min(1).max(100),
  }),
  /**
   * All parts are in the store. The answer takes the recording off the runtime's hands: what the store cannot
   * complete now, the server completes later. Repeating it changes nothing.
   */
  z.object({
    kind: z.literal('recording_complete'),
    recording_id: id,
    media_ms: mediaMs,
    parts: z
      .array(z.object({ part_number: z.int().min(1).max(10_000), etag: text(200), bytes: partBytes }))
      .max(10_000),
  }),
  /** One file of evidence or of a log, PUT in one go. */
  z.object({
    kind: z.literal('file'),
    purpose: z.enum(['screenshot', 'page_html', 'log']),
    content_type: z.enum(['image/png', 'image/jpeg', 'text/html', 'text/plain', 'application/x-ndjson']),
    bytes: z
      .int()
      .positive()
      .max(20 * 1024 * 1024),
    label: text(100),
  }),
]);
export type UploadRequest = z.infer<typeof uploadRequestSchema>;

export const uploadAnswerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('recording_parts'),
    recording_id: z.string(),
    expires_at: at,
    parts: z.array(z.object({ part_number: z.int(), url: z.url() })),
  }),
  z.object({ kind: z.literal('recording_complete'), recording_id: z.string() }),
  z.object({
    kind: z.literal('file'),
    upload_id: z.string(),
    url: z.url(),
    /** Send these with the PUT. */
    headers: z.record(z.string(), z.string()),
  }),
]);
export type UploadAnswer = z.infer<typeof uploadAnswerSchema>;
