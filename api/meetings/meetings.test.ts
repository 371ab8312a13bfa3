// Meeting links over HTTP: what a text is inspected as, and what a booking of each platform tells its bot.
import { claimToken } from '@meeboter/chassis/tokens.ts';
import { CLAIM_PATH, claimAnswerSchema } from '@meeboter/domain/bot-protocol.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { startWorld, type World } from '../../e2e/support/world.ts';
import type { InspectedText } from './schemas.ts';

const later = () => new Date(Date.now() + 3_600_000).toISOString();
const LAB = 'http://127.0.0.1:3999';
const INVITATION = `Join Zoom Meeting
https://us02web.zoom.us/j/86020823200?pwd=RlpWQT09abc.1

Meeting ID: 860 2082 3200
Passcode: 123456

Find your local number: https://us02web.zoom.us/u/kdB0hZ2Qwe
Recording of the last one: https://us02web.zoom.us/rec/share/abc`;

interface Booked {
  id: string;
  meeting_platform: string;
  meeting_url: string;
  warnings: string[];
}
interface ProblemBody {
  code: string;
  errors: { pointer: string; code: string }[];
}

const aws = platformDouble();
let world: World;
beforeAll(async () => {
  world = await startWorld({ platforms: { aws }, labOrigin: LAB, env: { PLATFORM_PRIORITY: 'aws' } });
});
afterAll(() => world.close());

const inspect = (text: unknown) => world.call<InspectedText>('POST', '/v1/meetings/inspect', { text });
const book = (body: object) =>
  world.call<Booked & ProblemBody>('POST', '/v1/bots', { join_at: later(), ...body });
const passcodeOf = async (id: string) => {
  const [row] = await world.database.query<{ meeting_passcode: string | null }>(
    `SELECT meeting_passcode FROM bots WHERE id = '${id}'`,
  );
  return row?.meeting_passcode;
};

describe('POST /v1/meetings/inspect', () => {
  it('finds the meeting of an invitation, and says why another link is none', async () => {
    const { status, body } = await inspect(INVITATION);
    expect(status).toBe(200);
    expect(body).toEqual({
      meetings: [
        {
          platform: 'zoom',
          join_url: 'https://app.zoom.us/wc/86020823200/join?pwd=RlpWQT09abc.1',
          meeting_key: 'zoom:86020823200',
          passcode: 'in the link',
          warnings: [],
          source_text: 'https://us02web.zoom.us/j/86020823200?pwd=RlpWQT09abc.1',
        },
      ],
      refused: [
        {
          text: 'https://us02web.zoom.us/rec/share/abc',
          code: 'recording_link',
          message: expect.stringMatching(/\.$/),
        },
      ],
    });
  });

  it('knows the lab’s links', async () => {
    const { body } = await inspect(`${LAB}/meet/234567890123?p=abc`);
    expect(body.meetings).toMatchObject([
      { platform: 'microsoft-teams', meeting_key: expect.stringMatching(/^lab:/) },
    ]);
  });

  it('answers with empty lists when there is nothing', async () => {
    for (const text of ['', 'Lunch?', ' \n ']) {
      expect(await inspect(text)).toMatchObject({ status: 200, body: { meetings: [], refused: [] } });
    }
  });

  it('takes a text of 100,000 characters, of four bytes each, and no longer one', async () => {
    const filler = '\u{1f4c5}'.repeat(49_000);
    expect((await inspect(`${filler} ${INVITATION}`)).body.meetings).toHaveLength(1);
    const { status, body } = await inspect('x'.repeat(100_001));
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ pointer: '/text', code: 'too_big' }] });
    expect((await inspect('x'.repeat(700_000))).status).toBe(413);
  });

  it.each([[undefined], [null], [7], [['https://zoom.us/j/86020823200']]])(
    'refuses the text %j',
    async (text) => {
      const { status, body } = await inspect(text);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ pointer: '/text' }] });
    },
  );

  it('is for those who are signed in', async () => {
    const answer = await fetch(`${world.apiUrl}/v1/meetings/inspect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: INVITATION }),
    });
    expect(answer.status).toBe(401);
  });

  it('is described in OpenAPI', async () => {
    const { body } = await world.call<{ paths: Record<string, object> }>('GET', '/openapi.json');
    expect(body.paths['/v1/meetings/inspect']).toHaveProperty('post');
  });
});

describe('a booking', () => {
  it.each([
    [
      'meet.google.com/ABC-DEFG-HIJ?authuser=1',
      'google-meet',
      'https://meet.google.com/abc-defg-hij?hl=en',
      null,
    ],
    [
      'https://teams.microsoft.com/meet/2345678901234?p=aB3xyZ',
      'microsoft-teams',
      'https://teams.microsoft.com/v2/?meetingjoin=true#/meet/2345678901234?p=aB3xyZ&anon=true',
      null,
    ],
    [INVITATION, 'zoom', 'https://app.zoom.us/wc/86020823200/join?pwd=RlpWQT09abc.1', '123456'],
    [
      'https://zoom.us/j/86020823200?pwd=abc.1654321',
      'zoom',
      'https://app.zoom.us/wc/86020823200/join?pwd=abc.1',
      '654321',
    ],
  ])('of %j stores the normalised link', async (text, platform, joinUrl, passcode) => {
    const { status, body } = await book({ meeting_url: text });
    expect(status).toBe(201);
    expect(body).toMatchObject({ meeting_platform: platform, meeting_url: joinUrl });
    expect(await passcodeOf(body.id)).toBe(passcode);
  });

  it('says which of several meetings it took', async () => {
    const { body } = await book({ meeting_url: `https://meet.google.com/abc-defg-hij or ${INVITATION}` });
    expect(body).toMatchObject({
      meeting_platform: 'zoom',
      warnings: [expect.stringContaining('google-meet')],
    });
  });

  it('keeps a passcode to itself', async () => {
    const secret = 'pass-987654';
    const { body } = await book({
      meeting_url: 'https://zoom.us/j/86020823200',
      meeting_passcode: ` ${secret} `,
    });
    expect(await passcodeOf(body.id)).toBe(secret);
    await world.call('PATCH', `/v1/bots/${body.id}`, { meeting_passcode: `${secret}-2` });
    expect(await passcodeOf(body.id)).toBe(`${secret}-2`);
    const answers = await Promise.all(
      [`/v1/bots/${body.id}`, '/v1/bots', `/v1/bots/${body.id}/events`, '/v1/events'].map((path) =>
        world.call('GET', path),
      ),
    );
    expect(JSON.stringify([body, ...answers.map((answer) => answer.body)])).not.toContain(secret);
    await world.call('PATCH', `/v1/bots/${body.id}`, { meeting_passcode: null });
    expect(await passcodeOf(body.id)).toBe(null);
  });

  it('forgets the passcode of a link that is replaced', async () => {
    const { body } = await book({ meeting_url: INVITATION });
    await world.call('PATCH', `/v1/bots/${body.id}`, { display_name: 'Notes' });
    expect(await passcodeOf(body.id)).toBe('123456');
    await world.call('PATCH', `/v1/bots/${body.id}`, { meeting_url: 'https://zoom.us/j/86020823201' });
    expect(await passcodeOf(body.id)).toBe(null);
  });

  it.each([
    [{ meeting_url: 'https://zoom.us/webinar/register/WN_abc' }, '/meeting_url', 'registration_required'],
    [
      { meeting_url: 'https://teams.microsoft.com/l/meetup-join/234567890123' },
      '/meeting_url',
      'numeric_meeting_id',
    ],
    [
      { meeting_url: 'https://teams.microsoft.com/meet/2345678901234?p=a%2Fb' },
      '/meeting_url',
      'invalid_passcode',
    ],
    [{ meeting_url: '860 2082 3200' }, '/meeting_url', 'bare_meeting_id'],
    [{ meeting_url: `${'x '.repeat(4_100)}` }, '/meeting_url', 'too_big'],
    [{ meeting_url: INVITATION, meeting_platform: 'google-meet' }, '/meeting_platform', 'platform_mismatch'],
    [{ meeting_url: INVITATION, meeting_passcode: 'x'.repeat(65) }, '/meeting_passcode', 'too_big'],
    [{ meeting_url: INVITATION, meeting_passcode: 7 }, '/meeting_passcode', 'invalid_type'],
  ])('of %j is refused', async (fields, pointer, code) => {
    const { status, body } = await book(fields);
    expect(status).toBe(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer, code })]);
  });

  it('tells its bot the link, the passcode, and where it may go', async () => {
    const bot = await world.book({ meeting_url: INVITATION });
    const deploymentId = await eventually('a deployment runs', () => [...aws.running][0] ?? false);
    const answer = await fetch(world.apiUrl + CLAIM_PATH, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${claimToken(world.settings.MEEBOTER_SECRET, deploymentId)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ runtime_id: 'run_of_the_test', version: 'test' }),
    });
    const claim = claimAnswerSchema.parse(await answer.json());
    expect(claim).toMatchObject({
      bot_id: bot.id,
      meeting: {
        platform: 'zoom',
        url: 'https://app.zoom.us/wc/86020823200/join?pwd=RlpWQT09abc.1',
        passcode: '123456',
        allowed_origins: ['https://app.zoom.us', 'https://*.zoom.us'],
      },
    });
  });
});
