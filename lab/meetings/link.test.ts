import { describe, expect, it } from 'vitest';
import { newAddress } from './link.ts';
import { type ScenarioInput, scenarioSchema } from './scenario.ts';

const address = (scenario: ScenarioInput) => newAddress(scenarioSchema.parse(scenario));

describe('the address of a new meeting', () => {
  it('is a code of letters on Google Meet', () => {
    const { code, path, passcode } = address({});
    expect(path).toMatch(/^\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
    expect([`/${code}`, null]).toEqual([path, passcode]);
  });

  it('is an invitation’s on Microsoft Teams, with thread and context', () => {
    const { code, path } = address({ platform: 'microsoft-teams' });
    expect(path).toMatch(
      /^\/l\/meetup-join\/19%3ameeting_[\w-]{48}%40thread\.v2\/0\?context=%7b%22Tid%22%3a/,
    );
    expect(decodeURIComponent(path)).toContain(`19:meeting_${code}@thread.v2/0`);
    const context = new URL(path, 'https://lab.example').searchParams.get('context') ?? '';
    expect(Object.keys(JSON.parse(context))).toEqual(['Tid', 'Oid']);
  });

  it('is a number with a passcode on Microsoft Teams where the short form is wanted', () => {
    const { code, path, passcode } = address({ platform: 'microsoft-teams', link: 'short' });
    expect(path).toMatch(/^\/meet\/[1-9][0-9]{11}\?p=\w{14}$/);
    expect(path).toBe(`/meet/${code}?p=${passcode}`);
  });

  it('is a number with a token on Zoom', () => {
    const { code, path, passcode } = address({ platform: 'zoom' });
    expect(path).toMatch(/^\/j\/[1-9][0-9]{9}\?pwd=\w{30}\.1$/);
    expect(path).toBe(`/j/${code}?pwd=${passcode}`);
  });

  it.each(['microsoft-teams', 'zoom'] as const)('leaves a given passcode to the page of %s', (platform) => {
    const { path, passcode } = address({ platform, passcode: '123456' });
    expect(path).toMatch(/^\/(meet|j)\/[0-9]+$/);
    expect(passcode).toBe('123456');
  });
});
