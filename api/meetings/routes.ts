// /v1/meetings/inspect: which meetings a text holds, and why a link is none. Nothing is stored or fetched.
import { createRoute } from '@hono/zod-openapi';
import { type Inspected, inspectText } from '@meeboter/domain/meeting-links/inspect.ts';
import type { ApiContext } from '../context.ts';
import { json, problem, security, signedIn } from '../openapi.ts';
import { createRouter } from '../router.ts';
import { type InspectedText, inspectedSchema, inspectSchema } from './schemas.ts';

export const INSPECT_PATH = '/v1/meetings/inspect';
/** The longest text, each of its characters in four bytes or an escape, and the JSON around it. */
export const INSPECT_BODY_MAX = 640 * 1024;

const inspect = createRoute({
  method: 'post',
  path: INSPECT_PATH,
  tags: ['Meetings'],
  summary: 'Find the meetings in a text',
  description:
    'Says what a booking would make of a text, without booking. When the text holds no meeting, both lists are empty.',
  security,
  request: { body: { required: true, content: { 'application/json': { schema: inspectSchema } } } },
  responses: {
    200: json(inspectedSchema, 'The meetings of the text, and the links that no bot can join.'),
    400: problem('The body is not JSON.'),
    413: problem('The body is too large.'),
    415: problem('The body is not application/json.'),
    422: problem('The body is JSON but not valid; `errors` says where.'),
    ...signedIn,
  },
});

export function meetingRoutes({ settings }: ApiContext) {
  const app = createRouter();
  app.openapi(inspect, (c) => {
    const { text } = c.req.valid('json');
    return c.json(present(inspectText(text, { labOrigin: settings.LAB_ORIGIN })), 200);
  });
  return app;
}

function present({ meetings, refused }: Inspected): InspectedText {
  return {
    meetings: meetings.map(({ link, text, passcode }) => ({
      platform: link.platform,
      join_url: link.joinUrl,
      meeting_key: link.key,
      passcode,
      warnings: link.warnings,
      source_text: text,
    })),
    refused: refused.map(({ text, refusal }) => ({ text, code: refusal.problem, message: refusal.message })),
  };
}
