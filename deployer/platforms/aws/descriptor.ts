import { limitField } from '../limit.ts';
import { awsShape } from './settings.ts';

const LIMIT = 50;

export const aws = {
  name: 'aws',
  limit: {
    variable: 'AWS_BOT_LIMIT',
    field: limitField.default(LIMIT).describe('Bots that may run at once on AWS ECS.'),
    standard: () => LIMIT,
  },
  assumedLeadMs: 90_000,
  // Fargate's own limit of launches: AWS General Reference, "AWS Fargate service quotas".
  launches: { burst: 100, perSecond: 20 },
  shape: awsShape,
} as const;
