// Prints the failed tests of vitest's JSON reports, each with its message: the output above them is long.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.'] = process.argv.slice(2);
/** Characters of one test's messages. */
const MOST = 3_000;

for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  let report;
  try {
    report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch {
    console.log(`${name}: no report: the suite ended before its end`);
    continue;
  }
  for (const { name: file, message, assertionResults } of report.testResults ?? []) {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && message) console.log(`\nFAILED ${file}\n${message.slice(0, MOST)}`);
    for (const { fullName, failureMessages } of failed)
      console.log(`\nFAILED ${file} > ${fullName}\n${failureMessages.join('\n').slice(0, MOST)}`);
  }
}
