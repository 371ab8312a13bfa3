// How our applications are called in Coolify. Coolify gives names no meaning and allows the same one twice, so the id of
// the slot in it is what finds an application again, also among those of another Meeboter on the same server.
import type { SpecSlot } from '../platform.ts';

/** The tag that all our applications carry, where the version of Coolify has tags. */
export const TAG = 'meeboter';

export const nameOf = ({ id, number }: Pick<SpecSlot, 'id' | 'number'>) => `meeboter-slot-${number}-${id}`;

/** The id of the slot that an application belongs to by its name; null for any other name. */
export function slotIdOf(name: string): string | null {
  return /^meeboter-slot-\d+-(\w+)$/.exec(name)?.[1] ?? null;
}

/** The application that is deployed only to have the image pulled. It is no slot's. */
export const pullerName = (firstSlotId: string) => `meeboter-image-${firstSlotId}`;

/**
 * Names a launch: the application, and the newest deployment that Coolify knew of it before. Each deployment that
 * comes later belongs to this launch. Coolify has no place for an id of ours.
 */
export interface LaunchRef {
  application: string;
  /** Null: there was none before. */
  after: string | null;
}

export const formatRef = ({ application, after }: LaunchRef) => `${application}/${after ?? ''}`;

/** Null for a text that is no reference of ours. */
export function parseRef(text: string | null): LaunchRef | null {
  const [application, after, ...rest] = text?.split('/') ?? [];
  if (!application || after === undefined || rest.length > 0) return null;
  return { application, after: after === '' ? null : after };
}

/** Of the deployments of an application, newest first: those that came after the launch began. */
export function since<T extends { deployment_uuid: string }>(
  ref: LaunchRef | null,
  deployments: readonly T[],
): T[] {
  const last = deployments.findIndex((it) => it.deployment_uuid === ref?.after);
  return deployments.slice(0, last < 0 ? deployments.length : last);
}
