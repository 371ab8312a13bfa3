// The calls of a runtime. They are not in the public OpenAPI document: the bot program and the API are
// released together and share domain/bot-protocol.ts.
import { claimToken } from '@meeboter/chassis/tokens.ts';
import {
  ASSIGNMENT_PATH,
  type assignmentAnswerSchema,
  CLAIM_PATH,
  claimRequestSchema,
  REPORT_PATH,
  reportRequestSchema,
  UPLOADS_PATH,
  uploadRequestSchema,
} from '@meeboter/domain/bot-protocol.ts';
import { deploymentToClaim } from '@meeboter/prisma/sql/deployment-to-claim.ts';
import { type Context, Hono } from 'hono';
import type { z } from 'zod';
import type { ApiContext, ApiEnv } from '../context.ts';
import { invalid, Problem } from '../problem.ts';
import { claimer } from './claim.ts';
import { reporter } from './report.ts';
import { requireClaimant, requireRuntime, requireSlot } from './require-runtime.ts';
import { handleUpload } from './uploads.ts';

/** The routes for assignment, claim, report and uploads. */
export function runtimeRoutes(context: ApiContext) {
  const app = new Hono<ApiEnv>();
  const secret = context.settings.MEEBOTER_SECRET;
  const claim = claimer(context);
  const handleReport = reporter(context);

  app.post(ASSIGNMENT_PATH, async (c) => {
    const slotId = requireSlot(secret, c.req.header('authorization'));
    const deploymentId = await deploymentToClaim(context.db, slotId);
    if (deploymentId === null) {
      throw new Problem(404, { code: 'no_assignment', detail: 'No bot waits for a runtime of this slot.' });
    }
    const answer: z.infer<typeof assignmentAnswerSchema> = { claim_token: claimToken(secret, deploymentId) };
    return c.json(answer);
  });
  app.post(CLAIM_PATH, async (c) => {
    const deploymentId = requireClaimant(secret, c.req.header('authorization'));
    return c.json(await claim(deploymentId, await bodyOf(c, claimRequestSchema)));
  });
  app.post(REPORT_PATH, async (c) => {
    const runtime = requireRuntime(secret, c.req.header('authorization'));
    return c.json(await handleReport(runtime, await bodyOf(c, reportRequestSchema)));
  });
  app.post(UPLOADS_PATH, async (c) => {
    const runtime = requireRuntime(secret, c.req.header('authorization'));
    return c.json(await handleUpload(context, runtime, await bodyOf(c, uploadRequestSchema)));
  });
  return app;
}

async function bodyOf<T>(c: Context<ApiEnv>, schema: z.ZodType<T>): Promise<T> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch (cause) {
    throw new Problem(400, { code: 'malformed_json', detail: 'The body is not valid JSON.', cause });
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalid(parsed.error.issues, 'body');
  return parsed.data;
}
