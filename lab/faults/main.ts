// `npm run faults -- --bots 200 --seconds 120 --seed 1 [--redis]` runs a whole Meeboter in separate processes, and
// injects a fault about once a second. Exits with 0 when no booking is lost, doubled or stuck. See docs/faults.md.
import { readOptions } from './options.ts';
import { runOutage } from './outage.ts';
import { runFaults } from './run.ts';
import type { Verdict } from './verdict.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

function line(verdict: Verdict): string {
  const { p50, p95, p99 } = verdict.lateMs;
  return [
    `bookings ${verdict.bookings}`,
    `lost ${verdict.lost.length}`,
    `doubled ${verdict.doubled.length}`,
    `stuck ${verdict.stuck.length}`,
    `invariant violations ${verdict.violations.length}`,
    `late p50/p95/p99 ${p50}/${p95}/${p99} ms`,
  ].join(' · ');
}

function findings(verdict: Verdict): string[] {
  return [
    ...verdict.lost.map((it) => `lost ${it}`),
    ...verdict.doubled.map((it) => `doubled ${it}`),
    ...verdict.stuck.map((it) => `stuck ${it}`),
    ...verdict.violations,
  ];
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  const options = readOptions(process.argv.slice(2));
  const extra: string[] = [];
  let verdict: Verdict;
  if (options.outage) {
    const run = await runOutage(options, say);
    verdict = run;
    say(
      `turns ${run.turns.arrived} of ${run.turns.reported} · recorded bytes ${run.bytes.arrived} of ${run.bytes.reported}`,
    );
    if (run.left.length > 0) extra.push(`left the call: ${run.left.join(', ')}`);
    if (run.notDone.length > 0) extra.push(`not DONE: ${run.notDone.join(', ')}`);
    if (run.turns.arrived < run.turns.reported || run.bytes.arrived < run.bytes.reported)
      extra.push('some reported turns or bytes are missing');
  } else {
    const run = await runFaults(options, say);
    verdict = run;
    for (const [kind, n] of [...run.faults].sort()) say(`${String(n).padStart(5)}  ${kind}`);
    say(run.settledAfterMs === null ? 'not settled in time' : `settled after ${run.settledAfterMs} ms`);
    if (run.history) say(run.history);
  }
  const wrong = [...findings(verdict), ...extra];
  for (const it of wrong) say(it);
  console.log(line(verdict));
  process.exit(wrong.length === 0 ? 0 : 1);
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(2);
}
