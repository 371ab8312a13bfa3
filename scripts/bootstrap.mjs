// Runs before `npm start` and `npm test`, on any Node from 20 on and without npm packages. It installs the npm
// packages, generates the database client, and installs the system packages and a browser. It skips what is
// already there.
//
//   MEEBOTER_NO_INSTALL=1   do not install system packages or a browser; name what is missing and exit
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PNPM = 'pnpm@12.21.0';
const purpose = process.argv[2] ?? 'start';

const say = (text) => process.stderr.write(`${text}\n`);
const fail = (text) => {
  say(`\n${text}\n`);
  process.exit(1);
};

// ---------------------------------------------------------------- packages

/** The rooms that have a package.json, as pnpm-workspace.yaml lists them. */
const rooms = [...readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8').matchAll(/^ {2}- (\w+)$/gm)].map(
  ([, room]) => room,
);
const LOCKED = [
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'package.json',
  ...rooms.map((room) => `${room}/package.json`),
];

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** Runs `work` when the files have changed since it last ran. Stores their fingerprint in `stampFile`. */
function unlessDone(stampFile, files, work) {
  const stamp = join(ROOT, stampFile);
  const wanted = fingerprint(files);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  work();
  writeFileSync(stamp, wanted);
}

function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
  });
  if (result.error) fail(`${command} could not be run: ${result.error.message}`);
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed (exit code ${result.status}).`);
}

function installPackages() {
  say('Installing packages (first time: a minute or so) …');
  run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], { CI: 'true' });
}

function generateClient() {
  const bin = join(ROOT, 'node_modules', '.bin');
  const prisma = createRequire(join(ROOT, 'package.json')).resolve('prisma/build/index.js');
  run(join(bin, 'node'), [prisma, 'generate', '--schema', join(ROOT, 'prisma', 'schema.prisma')], {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    // `prisma generate` only checks that this program exists; the client does not use it.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  });
}

// --------------------------------------------------------- system packages

const onPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((dir) => isExecutable(join(dir, program)));

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const OWN_CHROMIUM = join(ROOT, '.meeboter', 'chromium');

/** Excludes Ubuntu's chromium-browser, a script that starts a snap: snaps have no access to the bots' folders. */
function isBrowser(path) {
  return isExecutable(path) && !(path.endsWith('chromium-browser') && existsSync('/snap/bin/chromium'));
}

function hasChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) return isExecutable(given) || fail(`CHROMIUM_PATH: there is no program at ${given}.`);
  return isExecutable(OWN_CHROMIUM) || CHROMIUM.some(isBrowser);
}

const isUbuntu = () =>
  existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));

/** Debian installs some servers in /usr/sbin, which is only in root's PATH. */
const isInstalled = (program) => onPath(program) || isExecutable(join('/usr/sbin', program));

/** The missing Debian packages that a local bot needs, and for tests two servers. */
function missingPackages() {
  const wanted = [
    // Without a font, pages show boxes instead of letters.
    ...(hasChromium() || isUbuntu() ? [] : ['chromium', 'fonts-liberation']),
    ...(onPath('Xvfb') ? [] : ['xvfb']),
    ...(onPath('pulseaudio') ? [] : ['pulseaudio']),
    ...(onPath('ffmpeg') && onPath('ffprobe') ? [] : ['ffmpeg']),
  ];
  if (purpose === 'test')
    wanted.push(...['redis-server', 'pgbouncer'].filter((server) => !isInstalled(server)));
  return wanted;
}

function installSystemPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0;
  const mayInstall =
    process.env.MEEBOTER_NO_INSTALL !== '1' &&
    onPath('apt-get') &&
    (asRoot || spawnSync('sudo', ['-n', 'true']).status === 0);
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (!mayInstall) {
    fail(
      `The bot needs these programs on this machine: ${missing.join(', ')}.\nInstall them, then start again:\n\n  sudo apt-get update && sudo ${install.join(' ')}`,
    );
  }
  say(`Installing what the bot needs on this machine: ${missing.join(', ')} …`);
  const prefix = asRoot ? [] : ['sudo', '-n'];
  const apt = (args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    run(command, rest);
  };
  apt(['apt-get', 'update', '-q']);
  apt(install);
  const still = missingPackages();
  if (still.length > 0) fail(`After apt-get install these are still missing: ${still.join(', ')}.`);
}

/** Installs Playwright's Chromium where the distribution has none. */
function installBrowser() {
  if (hasChromium()) return;
  if (process.env.MEEBOTER_NO_INSTALL === '1') {
    fail(
      'The bot needs Chromium. Install Chromium or Chrome and set CHROMIUM_PATH to the program, then start again.',
    );
  }
  say('Installing Chromium …');
  const require = createRequire(join(ROOT, 'bot', 'package.json'));
  const node = join(ROOT, 'node_modules', '.bin', 'node');
  const cli = join(dirname(require.resolve('playwright/package.json')), 'cli.js');
  run(node, [cli, 'install', ...(process.getuid?.() === 0 ? ['--with-deps'] : []), 'chromium']);
  const script = "process.stdout.write(require('playwright').chromium.executablePath())";
  const path = execFileSync(node, ['-e', script], { cwd: join(ROOT, 'bot'), encoding: 'utf8' });
  mkdirSync(dirname(OWN_CHROMIUM), { recursive: true });
  rmSync(OWN_CHROMIUM, { force: true });
  symlinkSync(path, OWN_CHROMIUM);
}

// ---------------------------------------------------------------------- main

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Meeboter needs Node 20 or newer; this is ${process.version}.`);
unlessDone('node_modules/.meeboter-packages', LOCKED, installPackages);
unlessDone('prisma/generated/.schema', ['prisma/schema.prisma', 'pnpm-lock.yaml'], generateClient);
installSystemPackages();
installBrowser();
