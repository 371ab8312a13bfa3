// What is generated from the schema of the settings, so that it cannot say anything else.
import { everyVariable, variablesOf } from '../env.ts';

const NAMES = Object.keys(everyVariable) as (keyof typeof everyVariable)[];

/** The text of the default of a variable, empty without one; null: it has to be set. */
function standardOf(name: (typeof NAMES)[number]): string | null {
  const standard = everyVariable[name].safeParse(undefined);
  if (!standard.success) return null;
  return standard.data === undefined ? '' : String(standard.data);
}

/** The text of `.env.example`. */
export function envExample(): string {
  const lines = [
    '# Settings of Meeboter. Generated from chassis/env/ by `node scripts/settings-docs.ts`.',
    '',
  ];
  for (const name of NAMES) {
    const standard = standardOf(name);
    lines.push(`# ${everyVariable[name].description ?? ''}`);
    lines.push(standard === null ? `${name}=` : `#${name}=${standard}`, '');
  }
  return lines.join('\n');
}

/** The text of `docs/settings.md`: a table of all variables. */
export function settingsTable(): string {
  const readers = (name: string) =>
    Object.entries(variablesOf)
      .filter(([, shape]) => name in shape)
      .map(([program]) => program);
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = NAMES.map((name) => {
    const standard = standardOf(name);
    const by = readers(name);
    const value = standard === null ? '**required**' : standard === '' ? '' : `\`${standard}\``;
    const programs = by.length === 0 ? '`npm start`' : by.join(', ');
    return `| \`${name}\` | ${cell(value)} | ${programs} | ${cell(everyVariable[name].description ?? '')} |`;
  });
  return [
    '# Settings',
    '',
    'Environment variables. Each program reads its own and fails at start with one message that lists all that is wrong; `npm run doctor` checks them with what they lead to. Generated from `chassis/env/` and `deployer/platforms/*/settings.ts` by `node scripts/settings-docs.ts`.',
    '',
    '| variable | default | read by | what it is |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
