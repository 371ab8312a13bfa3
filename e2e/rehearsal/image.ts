// The files of an image without a container engine: a Dockerfile's stages as folders.
// COPY copies, and `pnpm install` runs as it stands there; everything else that a
// Dockerfile does is about the machine, which a folder does not have.
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const APP = '/app/';
const PNPM = readFileSync(join(ROOT, 'scripts/bootstrap.mjs'), 'utf8').match(/pnpm@[\d.]+/)?.[0] ?? 'pnpm';

type Instruction = readonly [word: string, rest: string];

/** The instructions of each stage, with the stage that it begins with. */
function stagesOf(dockerfile: string): Map<string, { from: string; instructions: Instruction[] }> {
  const text = readFileSync(join(ROOT, dockerfile), 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  const stages = new Map<string, { from: string; instructions: Instruction[] }>();
  let current: Instruction[] = [];
  for (const line of text.split('\n').filter((it) => it.trim() !== '')) {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    const [, from = '', name = ''] = word === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(rest) ?? []) : [];
    if (word === 'FROM') {
      current = [];
      stages.set(name, { from, instructions: current });
    } else current.push([word, rest]);
  }
  return stages;
}

const RULES = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ lets: line.startsWith('!'), pattern: line.replace(/^!/, '') }));

/** Whether .dockerignore lets a path of the repository into an image: the last rule that matches decides. */
function isLetIn(path: string): boolean {
  const isOf = (pattern: string) => matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`);
  return RULES.findLast(({ pattern }) => isOf(pattern))?.lets ?? true;
}

/**
 * Makes the files of one stage, and of those that it stands on, in folders below `dir`. Returns the folder that
 * stands for /app. `given`: stages that are made by what the repository has already, by the path in it.
 */
export async function makeImage(
  dockerfile: string,
  target: string,
  dir: string,
  given: Record<string, string> = {},
): Promise<string> {
  const stages = stagesOf(dockerfile);
  const made = new Map<string, string>();

  const make = async (name: string): Promise<string> => {
    const known = made.get(name);
    if (known) return known;
    const app = join(dir, name);
    mkdirSync(app, { recursive: true });
    made.set(name, app);
    const stage = stages.get(name);
    if (!stage) throw new Error(`${dockerfile} has no stage ${name}`);
    if (stages.has(stage.from)) {
      cpSync(await make(stage.from), app, { recursive: true, verbatimSymlinks: true });
    }
    for (const [word, rest] of stage.instructions) {
      if (word === 'COPY') await copy(rest, app);
      if (word === 'RUN') await install(rest, app);
    }
    return app;
  };

  const copy = async (rest: string, app: string): Promise<void> => {
    const words = rest.split(/\s+/);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
    const paths = words.filter((word) => !word.startsWith('--'));
    const to = paths.pop() ?? '';
    // Outside of /app it is the machine's.
    if (to.startsWith('/')) return;
    for (const path of paths) {
      const isGiven = from !== undefined && given[from] !== undefined;
      const base = from === undefined || isGiven ? ROOT : await make(from);
      const source = join(base, path.startsWith(APP.slice(0, -1)) ? path.slice(APP.length) : path);
      const asFolder = to.endsWith('/') || paths.length > 1;
      const target =
        statSync(source).isDirectory() || !asFolder ? join(app, to) : join(app, to, basename(source));
      cpSync(source, target, {
        recursive: true,
        verbatimSymlinks: true,
        // What an earlier stage made is taken as it is.
        filter: (file) => from !== undefined || isLetIn(relative(ROOT, file)),
      });
    }
  };

  const install = async (rest: string, app: string): Promise<void> => {
    const [, args] = /(?:^|&&)\s*pnpm install (.*?)(?:&&|$)/.exec(rest) ?? [];
    if (args === undefined) return;
    const words = args
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll('"', ''));
    await promisify(execFile)('npx', ['--yes', PNPM, 'install', '--prefer-offline', ...words], {
      cwd: app,
      env: { ...process.env, CI: 'true' },
    });
  };

  return make(target);
}

/** The packages that an image holds of a registry, by name. */
export function packagesOf(app: string): Set<string> {
  const folders = globSync('node_modules/.pnpm/*/node_modules/{@*/*,[!@.]*}', { cwd: app });
  return new Set(folders.map((path) => path.replace(/^.*\/node_modules\//, '')));
}

/** What a Dockerfile says of the machine and of the program of one stage. */
export interface ImageMachine {
  /** Debian packages. */
  packages: string[];
  /** Files that are copied to places outside of /app, by their path in the repository. */
  files: Map<string, string>;
  env: Record<string, string>;
  user: string;
  /** The entry point and the command. */
  command: string[];
}

/** Reads it from the stage and those that it stands on; later instructions count more. */
export function machineOf(dockerfile: string, target: string): ImageMachine {
  const stages = stagesOf(dockerfile);
  const machine: ImageMachine = { packages: [], files: new Map(), env: {}, user: 'root', command: [] };
  let entry: string[] = [];
  const chain: Instruction[] = [];
  for (let stage = stages.get(target); stage; stage = stages.get(stage.from))
    chain.unshift(...stage.instructions);
  for (const [word, rest] of chain) {
    if (word === 'ENV') {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S*)/g)) machine.env[name] = value;
    }
    if (word === 'USER') machine.user = rest;
    if (word === 'ENTRYPOINT') entry = JSON.parse(rest) as string[];
    if (word === 'CMD') machine.command = JSON.parse(rest) as string[];
    const [, packages] = /apt-get install -y --no-install-recommends\s+(.*?)\s*&&/.exec(rest) ?? [];
    if (word === 'RUN' && packages) machine.packages.push(...packages.split(/\s+/));
    const [, from = '', to = ''] = /^--chmod=755 (\S+) (\/\S+)$/.exec(rest) ?? [];
    if (word === 'COPY' && to !== '') machine.files.set(from, to);
  }
  return { ...machine, command: [...entry, ...machine.command] };
}
