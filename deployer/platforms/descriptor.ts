// What every program may know of a deployment platform without loading its code.
import type { z } from 'zod';

export interface PlatformDescriptor {
  /** Its name in PLATFORM_PRIORITY and in the rows. */
  readonly name: string;
  /** How many bots may run there at once. */
  readonly limit: {
    readonly variable: string;
    /** Parses the variable; undefined when it is unset and the limit has no fixed default. */
    readonly field: z.ZodType<number | undefined>;
    /** The limit when the variable is unset. */
    standard(): number;
  };
  /** The time from a slot to a browser that is ready to knock, ms, before any was measured. */
  readonly assumedLeadMs: number;
  /** How fast it may be asked to start bots: a token bucket. */
  readonly launches: { readonly burst: number; readonly perSecond: number };
  /** Set where it needs no settings: used when PLATFORM_PRIORITY is unset. */
  readonly isDefault?: true;
  /** The variables that its code needs besides the limit. Each is optional: a deployer without this platform has none. */
  readonly shape: Readonly<Record<string, z.ZodType>>;
}
