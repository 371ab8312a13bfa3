import { limitField } from '../limit.ts';
import { coolifyShape } from './settings.ts';

const LIMIT = 20;

export const coolify = {
  name: 'coolify',
  limit: {
    variable: 'COOLIFY_BOT_LIMIT',
    field: limitField.default(LIMIT).describe('Bots that may run at once on Coolify.'),
    standard: () => LIMIT,
  },
  assumedLeadMs: 45_000,
  // 200 requests a minute, some four a start; two deployments run at a time and 25 wait.
  launches: { burst: 10, perSecond: 0.5 },
  shape: coolifyShape,
} as const;
