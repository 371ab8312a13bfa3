// What a process counts, in the text format that Prometheus reads. One registry
// per process: under `npm start` all programs share it.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric of this process. */
export const registry = new Registry();
collectDefaultMetrics({ register: registry, prefix: 'meeboter_' });

/** Rows the sweep moved on, by kind of repair. */
export const sweepRepairs = new Counter({
  name: 'meeboter_sweep_repairs_total',
  help: 'Overdue rows that the sweep moved on, by kind.',
  labelNames: ['kind'] as const,
  registers: [registry],
});

/** Knock minus the time it was booked for, in seconds. */
export const botLateness = new Histogram({
  name: 'meeboter_bot_lateness_seconds',
  help: 'How long after its join time a bot knocked.',
  labelNames: ['deployment_platform'] as const,
  buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600],
  registers: [registry],
});

/** Events that the sequencer of this process has numbered. */
export const eventsNumbered = new Counter({
  name: 'meeboter_events_numbered_total',
  help: 'Events that got the number of their account.',
  registers: [registry],
});

/** From the begin of an event's transaction to its number, in seconds. */
export const eventWait = new Histogram({
  name: 'meeboter_event_wait_seconds',
  help: 'How long the oldest event of a batch waited for its number, its transaction included.',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
});

/** Job payloads that no longer parse. */
export const queueParked = new Counter({
  name: 'meeboter_queue_parked_total',
  help: 'Jobs set aside because their payload does not parse.',
  labelNames: ['queue'] as const,
  registers: [registry],
});

/** Bots in the line. */
export const botsWaiting = new Gauge({
  name: 'meeboter_bots_waiting',
  help: 'Bots that wait for a slot.',
  registers: [registry],
});

/** The head of the line, by how long it has been there. */
export const oldestWait = new Gauge({
  name: 'meeboter_bots_oldest_wait_seconds',
  help: 'How long the bot that has waited longest for a slot has waited; 0 when none waits.',
  registers: [registry],
});

/** Slots, by platform and state. */
export const poolSlots = new Gauge({
  name: 'meeboter_pool_slots',
  help: 'Slots, by deployment platform and state. Slots are made when they are first needed.',
  labelNames: ['deployment_platform', 'state'] as const,
  registers: [registry],
});

/** How many slots of a platform may be in use. */
export const poolLimit = new Gauge({
  name: 'meeboter_pool_limit',
  help: 'Bots that may run at once, by deployment platform.',
  labelNames: ['deployment_platform'] as const,
  registers: [registry],
});

/** How long ago the sweep went through. */
export const sweepAge = new Gauge({
  name: 'meeboter_sweep_age_seconds',
  help: 'How long ago a scheduler last went through a round of the sweep, which is due every second.',
  registers: [registry],
});

/** Servers that a program needs: 1 when it answers. */
export const dependencyUp = new Gauge({
  name: 'meeboter_dependency_up',
  help: 'Whether a server that this program needs answers: 1 or 0.',
  labelNames: ['service', 'dependency'] as const,
  registers: [registry],
});

const gaugeSetters = new Set<() => Promise<void>>();

/** Has `setGauges` called before each scrape. What it returns ends that. */
export function beforeScrape(setGauges: () => Promise<void>): () => void {
  gaugeSetters.add(setGauges);
  return () => void gaugeSetters.delete(setGauges);
}

/** Everything, as Prometheus reads it. */
export async function metricsText(): Promise<string> {
  await Promise.all([...gaugeSetters].map((setGauges) => setGauges()));
  return registry.metrics();
}
