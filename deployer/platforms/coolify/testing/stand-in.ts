// The platform Coolify against the stand-in for its API.
import { createLog } from '@meeboter/chassis/log.ts';
import {
  type Coolify,
  type CoolifyOptions as LabOptions,
  startCoolify,
} from '@meeboter/lab/coolify/server.ts';
import type { RuntimeSpec } from '../../platform.ts';
import type { Book, BookedSlot } from '../book.ts';
import { type CoolifyContext, type CoolifyPlatform, createCoolifyPlatform } from '../coolify.ts';
import { parseImage } from '../image.ts';
import type { CoolifyOptions } from '../options.ts';

const SILENT = createLog({ level: 'silent' });
const IMAGE = 'registry.example.org/meeboter/bot:1.0.0';

/** A book in memory, which a deployer that is started anew finds again, as it would the database. */
export class MemoryBook implements Book {
  readonly rows = new Map<string, BookedSlot>();
  /** Deployments that were given up. */
  readonly givenUp = new Set<string>();

  /** What the dispatcher does before the start of a deployment. */
  add({ slot, deploymentId }: RuntimeSpec): void {
    if (this.rows.get(slot.id)?.deploymentId === deploymentId) return;
    this.rows.set(slot.id, { slot, deploymentId, externalRef: null });
  }
  #of = (deploymentId: string) => [...this.rows.values()].find((it) => it.deploymentId === deploymentId);

  slots = async () => [...this.rows.values()];
  begun = async (deploymentId: string) => this.#of(deploymentId)?.externalRef ?? null;
  begin = async (deploymentId: string, ref: string) => {
    const row = this.#of(deploymentId);
    if (!row || this.givenUp.has(deploymentId)) return null;
    row.externalRef ??= ref;
    return row.externalRef;
  };
  isCurrent = async (slotId: string, deploymentId: string) =>
    (this.rows.get(slotId)?.deploymentId ?? deploymentId) === deploymentId;
  remember = async (slotId: string, application: string) => {
    const row = this.rows.get(slotId);
    if (row) row.slot = { ...row.slot, application };
  };
}

export interface StandIn {
  coolify: Coolify;
  book: MemoryBook;
  options: CoolifyOptions;
  /** Another platform of the same Coolify, as another deployer has it. */
  open(more?: Partial<CoolifyContext>): CoolifyPlatform;
}

export async function openStandIn(lab: LabOptions = {}): Promise<StandIn> {
  const coolify = await startCoolify({ requestsPerMinute: 100_000, ...lab });
  const book = new MemoryBook();
  const image = parseImage(IMAGE);
  if (!image) throw new Error('the image of the tests has no name');
  const options: CoolifyOptions = {
    ...{ baseUrl: `${coolify.url}/api/v1`, token: coolify.token, image },
    ...{ projectUuid: coolify.world.projectUuid, serverUuid: coolify.world.serverUuid },
    ...{ environmentName: 'production', destinationUuid: undefined, warmSlots: 0 },
  };
  return {
    ...{ coolify, book, options },
    open(more = {}) {
      const platform = createCoolifyPlatform({
        ...{ options, book, log: SILENT },
        ...{ cacheMs: 0, pollMs: 50, requestsPerMinute: 100_000 },
        ...more,
      });
      return {
        ...platform,
        async start(spec, signal) {
          book.add(spec);
          return platform.start(spec, signal);
        },
      };
    },
  };
}

let count = 0;
export function specOf(more: Partial<RuntimeSpec> = {}): RuntimeSpec {
  count += 1;
  const id = `${process.pid}${count}`.padStart(24, 'aB3');
  const slot = more.slot ?? { id: `slt_${id}`, number: count, application: null };
  return {
    ...{ deploymentId: `dep_${id}`, botId: `bot_${id}`, attempt: 1, slot },
    ...{ claimToken: `token-${id}`, slotToken: `token of ${slot.id}`, apiUrl: 'http://127.0.0.1:9' },
    meetingPlatform: 'google-meet',
    ...more,
  };
}
