import type { OpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import type { RuntimeRef, SpecSlot } from './platforms/platform.ts';

type WithSlot = Pick<OpenDeployment, 'slot_id' | 'slot_number' | 'application'>;

export const slotOf = ({ slot_id, slot_number, application }: WithSlot): SpecSlot => ({
  id: slot_id,
  number: slot_number,
  application,
});

/** How a platform's calls name the runtime of a deployment. */
export const refOf = (deployment: OpenDeployment): RuntimeRef => ({
  deploymentId: deployment.id,
  externalRef: deployment.external_ref,
  slot: slotOf(deployment),
});
