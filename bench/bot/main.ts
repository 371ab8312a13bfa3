// `npm run bench:bot`: what a bot takes on each meeting platform. From its claim to its knock; and in the call its CPU
// and memory, beside those of the same page in the same browser without a bot. See docs/benchmarks.md.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { MEETING_PLATFORMS } from '@meeboter/domain/meeting-links/link.ts';
import { z } from 'zod';
import { closeEverything, endInOrder } from '../control-plane/cleanup.ts';
import { type Figure, machine, table } from '../control-plane/figures.ts';
import { percentile } from '../control-plane/measure.ts';
import { costOfBot, costOfPage } from './cost.ts';
import { claimToKnockMs } from './launch.ts';
import { type BotWorld, startBotWorld } from './world.ts';

const SECTIONS = ['knock', 'cost'] as const;
const listOf = <T extends string>(names: readonly T[]) =>
  z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(names)).min(1));
const optionsSchema = z.object({
  scale: z.coerce.number().gt(0).max(10).default(1),
  only: listOf(SECTIONS).default([...SECTIONS]),
  platforms: listOf(MEETING_PLATFORMS).default([...MEETING_PLATFORMS]),
  json: z.string().min(1).optional(),
});
type Options = z.infer<typeof optionsSchema>;

const WARM_BOTS = 5;
const SECONDS = 30;
const PEOPLE = [4, 9];

const print = (line: string) => process.stdout.write(`${line}\n`);

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      ...{ scale: { type: 'string' }, only: { type: 'string' } },
      ...{ platforms: { type: 'string' }, json: { type: 'string' } },
    },
  });
  const parsed = optionsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map((issue) => `--${String(issue.path[0])}: ${issue.message}`).join('\n'),
  );
}

/** The first bot of each platform in this world is the cold one: nothing of its code and libraries is compiled or cached. */
async function knock(world: BotWorld, { platforms, scale }: Options): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const platform of platforms) {
    const coldMs = await claimToKnockMs(world, platform);
    const warmMs: number[] = [];
    while (warmMs.length < Math.max(2, Math.round(WARM_BOTS * scale)))
      warmMs.push(await claimToKnockMs(world, platform));
    const figure = (name: string, ms: number): Figure => ({
      ...{ section: 'knock', name: `${platform}: claim to knock, ${name}` },
      ...{ value: ms / 1_000, unit: 's', baseline: null },
    });
    figures.push(figure('cold', coldMs), {
      ...figure(`warm, p50 of ${warmMs.length}`, percentile(warmMs, 0.5)),
      target: { limit: 3, text: '<= 3 s' },
    });
  }
  return figures;
}

async function cost(world: BotWorld, { platforms, scale }: Options): Promise<Figure[]> {
  const figures: Figure[] = [];
  const seconds = Math.max(5, Math.round(SECONDS * scale));
  for (const platform of platforms) {
    for (const people of PEOPLE) {
      const options = { platform, people, seconds };
      const page = await costOfPage(world, options);
      const bot = await costOfBot(world, options);
      const name = `${platform}: ${people} people, `;
      figures.push(
        {
          ...{ section: 'cost', name: `${name}CPU`, value: bot.cpuPerSecond, unit: 'CPU-s/s' },
          baseline: page.cpuPerSecond,
          target: { limit: 1.8 * page.cpuPerSecond, text: '<= 1.8x' },
        },
        {
          ...{ section: 'cost', name: `${name}peak memory`, value: bot.peakPssMib, unit: 'MiB PSS' },
          baseline: page.peakPssMib,
        },
      );
    }
  }
  return figures;
}

endInOrder();
let exitCode = 0;
try {
  const options = readOptions();
  const { cpu, cores, memoryGiB, node } = machine();
  const load = () => `load ${loadavg()[0]?.toFixed(1)}`;
  print(`${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, 1280x720, 15 fps; ${load()} at the start`);
  const world = await startBotWorld();
  const figures: Figure[] = [];
  for (const section of options.only) {
    figures.push(...(await { knock, cost }[section](world, options)));
    print(`${section}: done, ${load()}`);
  }
  print(`\n${table(figures)}`);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ machine: machine(), figures }, null, 2)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  exitCode = 1;
} finally {
  await closeEverything();
}
process.exit(exitCode);
