import { availableParallelism } from 'node:os';
import { limitField } from '../limit.ts';
import { localShape } from './settings.ts';

export const local = {
  name: 'local',
  limit: {
    variable: 'LOCAL_BOT_LIMIT',
    field: limitField
      .optional()
      .describe(
        "Bots that may run at once on the deployer's own machine. Unset: one for each CPU core that the scheduler may use (a container's limit counts). Lowering a limit ends no bot.",
      ),
    // A bot that records needs 0.6 to 0.9 of a core (`npm run bench:recording`), and one that gets less records badly.
    standard: availableParallelism,
  },
  // Starting the browser takes most of it.
  assumedLeadMs: 10_000,
  // Each start keeps a core busy for a second or two; more at once delay each other and the bots that record.
  launches: { burst: 4, perSecond: 2 },
  isDefault: true,
  shape: localShape,
} as const;
