// The metrics of a process, in the text format of Prometheus. There is one registry per
// process: with `npm start` all programs share it.
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

/** The time of the knock minus the booked join time, in seconds. */
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

/** From the begin of the transaction that wrote an event until the event has its number, in seconds. */
export const eventWait = new Histogram({
  name: 'meeboter_event_wait_seconds',
  help: 'How long the oldest event of a batch waited for its number, its transaction included.',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
});

/** Jobs that were parked because their payload no longer parses. */
export const queueParked = new Counter({
  name: 'meeboter_queue_parked_total',
  help: 'Jobs set aside because their payload does not parse.',
  labelNames: ['queue'] as const,
  registers: [registry],
});

/** Bots that wait for a slot. */
export const botsWaiting = new Gauge({
  name: 'meeboter_bots_waiting',
  help: 'Bots that wait for a slot.',
  registers: [registry],
});

/** How long the bot that has waited longest for a slot has waited, in seconds. */
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

/** The breaker of a platform: 1 for the state that it has, 0 for the others. */
export const platformBreaker = new Gauge({
  name: 'meeboter_platform_breaker',
  help: 'The breaker of a deployment platform: 1 for its state, 0 for the others. open: it gets no bots; half_open: it is tried with one.',
  labelNames: ['deployment_platform', 'state'] as const,
  registers: [registry],
});

/** Launches that no deployer has confirmed yet. */
export const launchesWaiting = new Gauge({
  name: 'meeboter_launches_waiting',
  help: 'Bots that have a slot and whose start the deployment platform has not confirmed.',
  labelNames: ['deployment_platform'] as const,
  registers: [registry],
});

/** How long the oldest of these launches has waited, in seconds. */
export const oldestLaunch = new Gauge({
  name: 'meeboter_launches_oldest_wait_seconds',
  help: 'How long the oldest launch that is not confirmed has waited since its bot got the slot; 0 when none waits.',
  labelNames: ['deployment_platform'] as const,
  registers: [registry],
});

/** The time since the last finished round of the sweep, in seconds. */
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

/** Calls `setGauges` before each scrape. The returned function ends that. */
export function beforeScrape(setGauges: () => Promise<void>): () => void {
  gaugeSetters.add(setGauges);
  return () => void gaugeSetters.delete(setGauges);
}

/** All metrics in the text format of Prometheus. */
export async function metricsText(): Promise<string> {
  await Promise.all([...gaugeSetters].map((setGauges) => setGauges()));
  return registry.metrics();
}
