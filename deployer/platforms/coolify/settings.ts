// Bots on servers that Coolify manages.
import { z } from 'zod';

const text = z.string().min(1).optional();

export const coolifyShape = {
  COOLIFY_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .optional()
    .describe('The address of Coolify, such as https://coolify.example.org.'),
  COOLIFY_API_TOKEN: text.describe(
    'An API token of Coolify with the permissions read, write and deploy, of an admin of the team.',
  ),
  COOLIFY_PROJECT_UUID: text.describe('The project in Coolify that the applications of bots belong to.'),
  COOLIFY_ENVIRONMENT_NAME: z
    .string()
    .min(1)
    .default('production')
    .describe('The environment of that project.'),
  COOLIFY_SERVER_UUID: text.describe('The server in Coolify on which bots run.'),
  COOLIFY_DESTINATION_UUID: text.describe(
    'The destination (Docker network) of that server. Needed only when the server has more than one.',
  ),
  COOLIFY_IMAGE: text.describe(
    'The image of the bot on Coolify, as name:tag or name@sha256:digest. The server has to be able to pull it.',
  ),
  COOLIFY_WARM_SLOTS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(0)
    .describe(
      'Slots whose applications are created when the deployer starts, with the image pulled, so that the first bots do not wait for that. 0: both happen when the first bot needs them.',
    ),
};
