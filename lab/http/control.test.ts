import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../server.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const post = (path: string, body: unknown) =>
  fetch(lab.origin + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('the lab’s API', () => {
  it('makes a meeting and shows it', async () => {
    const answer = await post('/lab/v1/meetings', { participants: 2, access: 'open' });
    expect(answer.status).toBe(201);
    const { code, url } = (await answer.json()) as { code: string; url: string };
    expect(code).toMatch(/^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
    expect(url).toBe(`${lab.origin}/${code}`);
    const shown = await (await fetch(`${lab.origin}/lab/v1/meetings/${code}`)).json();
    expect(shown).toMatchObject({ code, ended: false, scenario: { access: 'open', turn_ms: 4_000 } });
    expect((await post(`/lab/v1/meetings/${code}/actions`, { action: 'end' })).status).toBe(200);
    const presence = await (await fetch(`${lab.origin}/lab/v1/meetings/${code}/presence`)).json();
    expect(presence).toEqual(lab.presence(code));
    expect(presence).toMatchObject({ guests: [], participants: [{ tone_hz: 330 }, { tone_hz: 440 }] });
  });

  it('takes no body for a meeting of defaults', async () => {
    expect((await post('/lab/v1/meetings', '')).status).toBe(201);
  });

  it.each([
    [{ admit_after: 100 }, 'admit_after'],
    [{ participants: -1 }, 'participants'],
    ['{', 'not JSON'],
  ])('refuses %o and says what is wrong', async (body, word) => {
    const answer = await post('/lab/v1/meetings', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(((await answer.json()) as { detail: string }).detail).toContain(word);
  });

  it('knows neither meetings nor actions it does not know', async () => {
    expect((await post('/lab/v1/meetings/aaa-aaaa-aaa/actions', { action: 'end' })).status).toBe(404);
    const { code } = lab.createMeeting();
    expect((await post(`/lab/v1/meetings/${code}/actions`, { action: 'dance' })).status).toBe(400);
  });

  it('serves its assets and nothing beside them', async () => {
    expect((await fetch(`${lab.origin}/lab/assets/meet/main.js`)).status).toBe(200);
    expect((await fetch(`${lab.origin}/lab/assets/meet/..%2fserver.ts`)).status).toBe(404);
    expect((await fetch(`${lab.origin}/lab/assets/meet/none.js`)).status).toBe(404);
  });
});

describe('startLab', () => {
  it('says when the port is in use', async () => {
    const port = Number(new URL(lab.origin).port);
    await expect(startLab({ port })).rejects.toThrow(`port ${port} is in use`);
  });
});

describe('rooms of other platforms', () => {
  it.each([
    [{ platform: 'microsoft-teams' }, 'Join conversation'],
    [{ platform: 'microsoft-teams', link: 'short' }, 'Join conversation'],
    [{ platform: 'zoom' }, 'Zoom'],
  ])('are found under the link of %o', async (scenario, title) => {
    const answer = await post('/lab/v1/meetings', scenario);
    const { code, url } = (await answer.json()) as { code: string; url: string };
    const page = await (await fetch(url)).text();
    expect(page).toContain(`<title>${title} (lab)</title>`);
    expect(page).toContain(`"code":"${code}"`);
  });

  it('let nobody in with a wrong passcode', async () => {
    const { code } = lab.createMeeting({ platform: 'zoom', participants: 0, passcode: '123456' });
    const guest = { name: 'Guest', microphone_on: false, camera_on: false };
    const knock = (passcode?: string) => post(`/lab/guest/${code}/knock`, { ...guest, passcode });
    expect((await knock('654321')).status).toBe(403);
    expect(await (await knock()).json()).toMatchObject({ code: 'wrong_passcode' });
    expect(lab.presence(code).guests).toEqual([]);
    expect((await knock('123456')).status).toBe(201);
    expect((await post(`/lab/guest/${code}/passcode`, { passcode: 'no' })).status).toBe(403);
    expect((await post(`/lab/guest/${code}/passcode`, { passcode: '123456' })).status).toBe(204);
  });
});
