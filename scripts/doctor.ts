// `npm run doctor`: checks what Meeboter is set up to use, and says what to do about each thing that is not right.

import { SettingsError } from '@meeboter/chassis/env/read.ts';
import { readSettings } from '@meeboter/chassis/env.ts';
import { checkAddresses } from './doctor/addresses.ts';
import { checkDatabase } from './doctor/database.ts';
import { type Finding, linesOf } from './doctor/finding.ts';
import { checkPlatforms } from './doctor/platforms.ts';
import { checkQueue } from './doctor/queue.ts';
import { checkStore } from './doctor/store.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

async function findings(): Promise<Finding[]> {
  let settings: ReturnType<typeof readSettings>;
  try {
    settings = readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map((text) => ({
      ...({
        level: 'error',
        about: 'settings',
        text,
        todo: 'Set it; .env.example has all variables.',
      } as const),
    }));
  }
  const found: Finding[] = [];
  const show = (more: Finding[]) => {
    for (const finding of more) print(linesOf(finding));
    found.push(...more);
  };
  show([{ level: 'ok', about: 'settings', text: 'all variables can be read' }]);
  show(await checkDatabase(settings));
  show(await checkQueue(settings));
  show(await checkStore(settings));
  show(await checkPlatforms(settings));
  show(await checkAddresses(settings));
  return found;
}

const found = await findings();
const settingsOnly = found.every(({ about }) => about === 'settings');
if (settingsOnly) for (const finding of found) print(linesOf(finding));
const count = (level: Finding['level']) => found.filter((it) => it.level === level).length;
print(`\n${count('error')} errors, ${count('warning')} warnings`);
process.exit(count('error') > 0 ? 1 : 0);
