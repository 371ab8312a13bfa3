// `npm run bench:control-plane [-- --redis --only idle,release --scale 0.1 --json figures.json]` measures what the
// control plane costs and how fast it is, each figure with a bare baseline of the same run. See
// docs/benchmarks.md.
import { writeFileSync } from 'node:fs';
import { closeEverything, endInOrder } from './cleanup.ts';
import { type Figure, machine, ratioOf, table } from './figures.ts';
import { type BenchOptions, readOptions, type SectionName } from './options.ts';
import { complaints } from './program.ts';
import { bookings } from './sections/bookings.ts';
import { idle } from './sections/idle.ts';
import { live } from './sections/live.ts';
import { release } from './sections/release.ts';
import { sameSecond } from './sections/same-second.ts';
import { slots } from './sections/slots.ts';
import { sweep } from './sections/sweep.ts';

const MEASURES: Record<SectionName, (options: BenchOptions) => Promise<Figure[]>> = {
  bookings,
  idle,
  'same-second': sameSecond,
  slots,
  release,
  live,
  sweep,
};

const print = (line: string) => process.stdout.write(`${line}\n`);

endInOrder();
let exitCode = 0;
try {
  const options = readOptions(process.argv.slice(2));
  const on = machine();
  print(`${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, Node ${on.node}, ${on.platform}`);
  print(`queue on ${options.redis ? 'Redis' : 'PostgreSQL'}, scale ${options.scale}\n`);
  const figures: Figure[] = [];
  for (const name of options.only) {
    const startedAtMs = performance.now();
    const measured = await MEASURES[name](options);
    print(`${table(measured)}\n(${Math.round((performance.now() - startedAtMs) / 1_000)} s)\n`);
    figures.push(...measured);
  }
  if (options.only.length > 1) print(table(figures));
  if (options.json) {
    const withRatio = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) }));
    writeFileSync(options.json, `${JSON.stringify({ machine: on, options, figures: withRatio }, null, 2)}\n`);
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${complaints()}`,
  );
  exitCode = 1;
} finally {
  await closeEverything();
}
process.exit(exitCode);
