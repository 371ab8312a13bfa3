// What a process counts, in the text format that Prometheus reads. One registry
// per process: under `npm start` all programs share it.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

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

/** Job payloads that no longer parse. */
export const queueParked = new Counter({
  name: 'meeboter_queue_parked_total',
  help: 'Jobs set aside because their payload does not parse.',
  labelNames: ['queue'] as const,
  registers: [registry],
});

/** Everything, as Prometheus reads it. */
export function metricsText(): Promise<string> {
  return registry.metrics();
}
