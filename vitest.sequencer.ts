import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The slowest files of `npm test`, and then of `npm run test:pages`, slowest first. Vitest goes by the durations of
// earlier runs and, where there were none, by the size of files; a slow file that starts last would leave a core idle
// for its whole length.
const SLOW = [
  'e2e/start.test.ts',
  'bot/program.test.ts',
  'e2e/path.test.ts',
  'e2e/pool.test.ts',
  'bot/hostile-page.test.ts',
  'api/sign-in/sign-in.test.ts',
  'e2e/bot-life.test.ts',
  'bot/google-meet/join.test.ts',
  'bot/google-meet/troubles.test.ts',
  'bot/page/call.test.ts',
  'bot/page/speakers.test.ts',
];

const place = ({ moduleId }: TestSpecification) => {
  const at = SLOW.findIndex((file) => moduleId.endsWith(`/${file}`));
  return at === -1 ? SLOW.length : at;
};

/** Starts the files that are known to be slow before the others. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
