// The object store: for the API, which signs URLs, and the scheduler, which
// completes recordings. The deployer runs beside untrusted browsers and does not
// read this.
import { z } from 'zod';
import { httpUrl } from './fields.ts';
import type { Check } from './read.ts';

export const storeShape = {
  S3_ENDPOINT: httpUrl
    .optional()
    .describe('S3-compatible object store. Unset: AWS itself; with `npm start`, an embedded one.'),
  S3_PUBLIC_ENDPOINT: httpUrl
    .optional()
    .describe('The same store as users reach it, for download links. Default: S3_ENDPOINT.'),
  S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
  S3_BUCKET: z
    .string()
    .min(3)
    .max(63)
    .default('meeboter')
    .describe('Bucket for recordings and evidence. The API makes it where that is allowed.'),
  S3_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Credentials of the object store, for API and scheduler alone; bots never see them. Unset, with S3_SECRET_ACCESS_KEY: where the AWS SDK finds them by default (variables AWS_…, ~/.aws, role of the machine or container).',
    ),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('See S3_ACCESS_KEY_ID.'),
  S3_FORCE_PATH_STYLE: z
    .stringbool()
    .default(true)
    .describe('Bucket in the path instead of the host name; MinIO and Ceph need it.'),
  SIGNED_URL_TTL_SECONDS: z.coerce
    .number()
    .int()
    .min(10)
    .max(86_400)
    .default(900)
    .describe('How long a download link works.'),
};
export type StoreSettings = z.infer<z.ZodObject<typeof storeShape>>;

/** The two keys go together: half of them would silently mean other credentials. */
export const checkStore: Check = (env) => {
  const [id, secret] = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'];
  const [set, unset] = env[id] === undefined ? [secret, id] : [id, secret];
  if ((env[id] === undefined) === (env[secret] === undefined)) return [];
  return [`${set} is set and ${unset} is not: set both, or neither to use the default credentials of AWS`];
};
