// Every form of a meeting link that was seen in the field, by platform, and what becomes of it.
import { describe, expect, it } from 'vitest';
import type { MeetingPlatform } from './link.ts';
import { parseMeetingLink } from './parse.ts';

/** Parses a link that has to be one, and checks that its join link leads to itself. */
function joined(input: string, labOrigin?: string) {
  const parsed = parseMeetingLink(input, { labOrigin });
  if (!parsed.ok) throw new Error(`${parsed.problem}: ${parsed.message}`);
  const { link } = parsed;
  const again = parseMeetingLink(link.joinUrl, { labOrigin });
  expect(again).toMatchObject({ ok: true, link: { key: link.key, joinUrl: link.joinUrl } });
  return link;
}

const e = encodeURIComponent;

describe('Google Meet', () => {
  const MEET = 'https://meet.google.com/abc-defg-hij?hl=en';
  it.each([
    'https://meet.google.com/abc-defg-hij',
    'http://meet.google.com/abc-defg-hij',
    'meet.google.com/abc-defg-hij',
    'www.meet.google.com/abc-defg-hij',
    'https://meet.google.com/ABC-DEFG-HIJ',
    'https://meet.google.com/abcdefghij',
    'https://meet.google.com/_meet/abc-defg-hij',
    'https://meet.google.com/abc-defg-hij/',
    'https://meet.google.com/abc-defg-hij?authuser=0&hs=178&pli=1&hl=de#x',
    'https://meet.google.com/abc-defg-hij?authuser=a%40b.com',
    'https://meet.google.com/linkredirect?dest=https%3A%2F%2Fmeet.google.com%2Fabc-defg-hij',
    'abc-defg-hij',
    'ABC-DEFG-HIJ',
    'abcdefghij',
    '  <https://meet.google.com/abc-defg-hij>  ',
    '"https://meet.google.com/abc-defg-hij".',
    'jhttps://meet.google.com/abc-defg-hij',
    '"https://www.meet.google.com/abc-defg-hij"',
    '[Join](https://meet.google.com/abc-defg-hij)',
    '**https://meet.google.com/abc-defg-hij**',
    'Video call link: https://meet.google.com/abc-defg-hij, or dial: +1 555 0100 PIN: 123 456#',
  ])('%s', (input) => {
    expect(joined(input)).toEqual({
      platform: 'google-meet',
      joinUrl: MEET,
      key: 'google_meet:abc-defg-hij',
      allowedOrigins: ['https://meet.google.com'],
      passcode: null,
      warnings: [],
    });
  });

  it('keeps a Workspace nickname, and says who can use it', () => {
    const link = joined('https://meet.google.com/my-team-standup');
    expect(link.joinUrl).toBe('https://meet.google.com/my-team-standup?hl=en');
    expect(link.warnings).toEqual([expect.stringContaining('signed in')]);
  });
});

const THREAD = '19:meeting_MjdhNjM4YzUtYzExZi00OTFkLTkzZTAtNTVlNmZmMDhkNGU2@thread.v2';
const CONTEXT = '{"Tid":"72f988bf-86f1-41af-91ab-2d7cd011db47","Oid":"550fae72-d251-43ec-868c-373732c2704f"}';
const lower = (text: string) => e(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
const ROUTE = `/l/meetup-join/${lower(THREAD)}/0?context=${lower(CONTEXT)}`;
const TEAMS = 'https://teams.microsoft.com';
const coords = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
const COORDS = {
  conversationId: THREAD,
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  organizerId: '550fae72-d251-43ec-868c-373732c2704f',
  messageId: '0',
};
const COMMERCIAL = [TEAMS, 'https://teams.live.com', 'https://teams.cloud.microsoft'];

describe('Microsoft Teams: one meeting by its thread', () => {
  it.each([
    `${TEAMS}${ROUTE}`,
    `${TEAMS}/l/meetup-join/${e(THREAD)}/0?context=${e(CONTEXT)}`,
    `${TEAMS}/l/meetup-join/${THREAD}/0?context=${CONTEXT}`,
    `${TEAMS}${ROUTE.replaceAll('%', '%25')}`,
    `${TEAMS}/l/meetup-join/${lower(THREAD)}%2f0%3fcontext%3d${lower(lower(CONTEXT))}`,
    `${TEAMS}/l/meetup-join/${lower(THREAD)}/0?context=${CONTEXT.replaceAll('"', '')}`,
    `Join: ${TEAMS}/l/meetup-join/${THREAD}/0?context=${CONTEXT} or call in`,
    `${TEAMS}/v2/?meetingjoin=true#${ROUTE}&anon=true&deeplinkId=1&launchAgent=marketing_join&laentry=hero`,
    `${TEAMS}/_#${ROUTE}`,
    `${TEAMS}/dl/launcher/launcher.html?url=${e(`/_#${ROUTE}&anon=true`)}&type=meetup-join&deeplinkId=1&directDl=true&msLaunch=true`,
    `${TEAMS}/dl/launcher/launcher.html?url=${e(`/_#/l/meetup-join/${THREAD}/0?context=${CONTEXT}&anon=true`)}&type=meetup-join`,
    `${TEAMS}/dl/launcher/launcher.html?url=${e(`${TEAMS}${ROUTE}`)}`,
    `${TEAMS}/light-meetings/launch?agent=web&version=1&coords=${e(coords(COORDS))}&deeplinkId=1&lightExperience=true`,
    `msteams:${ROUTE}`,
    `msteams://teams.microsoft.com${ROUTE}`,
    `https://nam02.safelinks.protection.outlook.com/ap/x-59584e83/?url=${e(`${TEAMS}${ROUTE}`)}&amp;data=05%7C01&amp;reserved=0`,
  ])('%s', (input) => {
    expect(joined(input)).toEqual({
      platform: 'microsoft-teams',
      joinUrl: `${TEAMS}/v2/?meetingjoin=true#${ROUTE}&anon=true`,
      key: `teams:${THREAD.toLowerCase()}`,
      allowedOrigins: COMMERCIAL,
      passcode: null,
      warnings: [],
    });
  });

  it.each([
    ['teams.cloud.microsoft', COMMERCIAL],
    ['gov.teams.microsoft.us', ['https://gov.teams.microsoft.us']],
    ['dod.teams.microsoft.us', ['https://dod.teams.microsoft.us']],
    ['gov.teams.microsoft.com', ['https://gov.teams.microsoft.com', 'https://gov.teams.microsoft.us']],
    ['teams.microsoftonline.cn', ['https://teams.microsoftonline.cn']],
  ])('keeps its host %s and stays in its cloud', (host, origins) => {
    const link = joined(`https://${host}${ROUTE}`);
    expect(link.joinUrl).toBe(`https://${host}/v2/?meetingjoin=true#${ROUTE}&anon=true`);
    expect(link.allowedOrigins.toSorted()).toEqual(origins.toSorted());
  });

  it('tells the meetings of a channel apart by their first message', () => {
    const channel = (message: string) =>
      joined(`${TEAMS}/l/meetup-join/19%3aAbC%40thread.tacv2/${message}?context=${lower(CONTEXT)}`);
    expect(channel('1698765432101').key).toBe('teams:19:abc@thread.tacv2/1698765432101');
    expect(channel('1698765432102').key).not.toBe(channel('1698765432101').key);
    expect(joined(`${TEAMS}/l/meetup-join/19%3aabc%40thread.skype/17?context=${e(CONTEXT)}`).key).toBe(
      'teams:19:abc@thread.skype/17',
    );
  });

  it('takes a thread without an organisation, with a warning', () => {
    expect(joined(`${TEAMS}/_#/pre-join-calling/${lower(THREAD)}`).warnings).toHaveLength(1);
  });
});

describe('Microsoft Teams: by a number', () => {
  it.each([
    [`${TEAMS}/meet/2345678901234?p=aB3xyZ`, '2345678901234', 'aB3xyZ'],
    ['teams.microsoft.com/meet/2345678901234?p=aB3xyZ', '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/2345678901234567?p=aB3xyZ`, '2345678901234567', 'aB3xyZ'],
    [
      `${TEAMS}/v2/?meetingjoin=true#/meet/2345678901234?p=aB3xyZ&anon=true&deeplinkId=1`,
      '2345678901234',
      'aB3xyZ',
    ],
    [`${TEAMS}/dl/launcher/launcher.html#/meet/2345678901234?p=aB3xyZ`, '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/234%20567%20890%20123%204?p=aB3xyZ`, '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/2345678901234%3Fp%3DaB3xyZ`, '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/2345678901234aB3xyZ`, '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/2345678901234 aB3xyZ`, '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/2345678901234\nPasscode: aB3xyZ`, '2345678901234', 'aB3xyZ'],
    [`${TEAMS}/meet/2345678901234?p=a%26b%23c`, '2345678901234', 'a%26b%23c'],
    ['Meeting ID: 234 567 890 123 4\nPasscode: aB3xyZ', '2345678901234', 'aB3xyZ'],
    ['2345678901234?p=aB3xyZ', '2345678901234', 'aB3xyZ'],
  ])('%s', (input, digits, passcode) => {
    expect(joined(input)).toMatchObject({
      joinUrl: `${TEAMS}/v2/?meetingjoin=true#/meet/${digits}?p=${passcode}&anon=true`,
      key: `teams:work:${digits}`,
      passcode: null,
      warnings: [],
    });
  });

  it('of a personal account', () => {
    const url = `https://teams.live.com/dl/launcher/launcher.html?url=${e('/_#/meet/9312345678901?p=abc&anon=true')}&type=meet`;
    for (const input of [url, 'https://teams.live.com/meet/9312345678901?p=abc']) {
      expect(joined(input)).toMatchObject({
        joinUrl: 'https://teams.live.com/v2/?meetingjoin=true#/meet/9312345678901?p=abc&anon=true',
        key: 'teams:personal:9312345678901',
        allowedOrigins: expect.arrayContaining(COMMERCIAL),
      });
    }
  });

  it('without a passcode, with a warning', () => {
    const link = joined(`${TEAMS}/meet/2345678901234`);
    expect(link.joinUrl).toBe(`${TEAMS}/v2/?meetingjoin=true#/meet/2345678901234?anon=true`);
    expect(link.warnings).toHaveLength(1);
  });
});

describe('Zoom', () => {
  const ID = '86020823200';
  const APP = `https://app.zoom.us/wc/${ID}/join`;
  const rows: [input: string, query: string, passcode?: string][] = [
    [`https://us02web.zoom.us/j/${ID}?pwd=abc.1`, '?pwd=abc.1'],
    [`http://zoom.us/j/${ID}`, ''],
    [`zoom.us/j/${ID}?pwd=abc.1`, '?pwd=abc.1'],
    [`https://a.b.zoom.us/j/${ID}?pwd=a-b_c%3D`, '?pwd=a-b_c%3D'],
    [`https://zoom.com/j/${ID}?pwd=abc.1`, '?pwd=abc.1'],
    [`https://company.zoom.us/s/${ID}?zak=secret&pwd=abc.1`, '?pwd=abc.1'],
    [`https://zoom.us/w/${ID}?tk=RAW.tok-en_%3D&pwd=abc.1`, '?pwd=abc.1&tk=RAW.tok-en_%3D'],
    [`https://zoom.us/j/${ID}?tk=RAW.tok&uuid=a%2Fb&pwd=abc.1`, '?pwd=abc.1&tk=RAW.tok'],
    [`https://zoom.us/j/${ID}?prefer=1&omn=123&jst=2&from=addon&uname=x&pwd=abc.1#success`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?status=success#success`, ''],
    [`https://app.zoom.us/wc/${ID}/join?fromPWA=1&pwd=abc.1`, '?pwd=abc.1'],
    [`https://zoom.us/wc/${ID}/start`, ''],
    [`https://zoom.us/wc/join/${ID}?pwd=abc`, '?pwd=abc'],
    [`https://zoom.us/wc/${ID}?pwd=abc`, '?pwd=abc'],
    [`zoommtg://zoom.us/join?confno=${ID}&pwd=abc&zc=0&uname=Ada`, '?pwd=abc'],
    [`zoomus://zoom.us/join?action=join&confno=${ID}`, ''],
    [`https://zoom.us/j/${ID}?pwd=abc.1 Meeting ID: 860 2082 3200`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?pwd=abc.1%20Meeting%20ID`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?pwd=abc.1&nbsp;Meeting ID`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?pwd=abc.1MeetingID`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?pwd%3Dabc.1`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}%3Fpwd%3Dabc.1`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}&pwd=abc.1`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?pwd=abc.1123456`, '?pwd=abc.1', '123456'],
    [`https://zoom.us/j/${ID}?pwd=abc.1Passcode: 123456`, '?pwd=abc.1', '123456'],
    [`_https://zoom.us/j/${ID}?pwd=abc.1_`, '?pwd=abc.1'],
    [`see _https://zoom.us/j/${ID}?pwd=abc.1_ for it`, '?pwd=abc.1'],
    [`https://zoom.us/j/${ID}?pwd=abc_`, '?pwd=abc_'],
    [`https://zoom.us/j/${ID} (Passcode: 12@34*)`, '', '12@34*'],
    [`https://zoom.us/j/${ID}\n**Passcode: 123456**`, '', '123456'],
    ['Zoom ID: 860 2082 3200, passcode: 123456', '', '123456'],
    [`https://zoom.us/j/${ID}\nPasscode: 1@b*c`, '', '1@b*c'],
    [`Join Zoom Meeting\nMeeting ID: 860 2082 3200\nPasscode: 123456`, '', '123456'],
    ['ID de réunion : 860 2082 3200\nCode secret : 123456', '', '123456'],
  ];
  it.each(rows)('%s', (input, query, passcode = undefined) => {
    expect(joined(input)).toMatchObject({
      platform: 'zoom',
      joinUrl: `${APP}${query}`,
      key: `zoom:${ID}`,
      allowedOrigins: ['https://app.zoom.us', 'https://*.zoom.us'],
      passcode: passcode ?? null,
    });
  });

  it.each([
    [
      'https://agency.zoomgov.com/j/1601234567?pwd=a',
      'https://app.zoomgov.com/wc/1601234567/join?pwd=a',
      'zoomgov.com',
    ],
    ['https://zoom.com.cn/j/1601234567', 'https://zoom.com.cn/wc/1601234567/join', 'zoom.com.cn'],
    ['https://firma.zoom-x.de/j/61601234567', 'https://firma.zoom-x.de/wc/61601234567/join', 'zoom-x.de'],
  ])('of another edition: %s', (input, joinUrl, domain) => {
    const link = joined(input);
    expect(link.joinUrl).toBe(joinUrl);
    expect(link.allowedOrigins).toEqual([new URL(joinUrl).origin, `https://*.${domain}`]);
  });

  it('keeps a personal room as it is', () => {
    const link = joined('https://company.zoom.us/my/John2?pwd=abc&x=1');
    expect(link).toMatchObject({
      joinUrl: 'https://company.zoom.us/my/John2?pwd=abc',
      key: 'zoom:company.zoom.us/my/john2',
      allowedOrigins: ['https://company.zoom.us', 'https://*.zoom.us'],
    });
    expect(link.warnings).toHaveLength(1);
    expect(joined('https://us02web.zoom.us/my/bob').key).toBe(joined('https://zoom.us/my/Bob').key);
    expect(joined('https://zoom.us/j/100000000?pwd=:#').joinUrl).toBe(
      'https://app.zoom.us/wc/100000000/join',
    );
    // The dot ends the sentence, also where the link goes on behind it.
    expect(joined('https://zoom.us/my/bob.?pwd=').key).toBe(joined('https://zoom.us/my/bob').key);
  });

  it('says what it left out, and what is missing', () => {
    expect(joined(`https://zoom.us/s/${ID}?zak=secret`).warnings).toEqual([expect.stringContaining('zak')]);
    expect(joined(`https://zoom.us/w/${ID}`).warnings).toEqual([expect.stringContaining('tk')]);
    expect(JSON.stringify(joined(`https://zoom.us/s/${ID}?zak=secret`))).not.toContain('secret');
  });

  it('opens the portal of a customer as it is', () => {
    const portal = 'https://zoom-lfx.platform.linuxfoundation.org/meeting/96020823200?password=ab-cd';
    expect(joined(portal)).toMatchObject({
      joinUrl: portal,
      key: 'zoom:96020823200',
      allowedOrigins: [new URL(portal).origin, 'https://*.zoom.us'],
    });
  });
});

describe('of a lab', () => {
  const LAB = 'http://127.0.0.1:3001';
  const rows: [path: string, platform: MeetingPlatform, join: string, key: string][] = [
    ['/abc-defg-hij', 'google-meet', '/abc-defg-hij?hl=en', 'abc-defg-hij'],
    ['/j/8602082320?pwd=a.1', 'zoom', '/wc/8602082320/join?pwd=a.1', 'zoom:8602082320'],
    ['/wc/8602082320/join?pwd=a.1', 'zoom', '/wc/8602082320/join?pwd=a.1', 'zoom:8602082320'],
    ['/wc/join/8602082320', 'zoom', '/wc/8602082320/join', 'zoom:8602082320'],
    ['/w/8602082320?tk=t', 'zoom', '/wc/8602082320/join?tk=t', 'zoom:8602082320'],
    ['/s/8602082320?zak=z', 'zoom', '/wc/8602082320/join', 'zoom:8602082320'],
    ['/my/bob', 'zoom', '/my/bob', 'zoom:my/bob'],
    [
      '/meet/234567890123?p=x',
      'microsoft-teams',
      '/v2/?meetingjoin=true#/meet/234567890123?p=x&anon=true',
      'teams:234567890123',
    ],
    [ROUTE, 'microsoft-teams', `/v2/?meetingjoin=true#${ROUTE}&anon=true`, `teams:${THREAD.toLowerCase()}`],
    [
      `/_#${ROUTE}`,
      'microsoft-teams',
      `/v2/?meetingjoin=true#${ROUTE}&anon=true`,
      `teams:${THREAD.toLowerCase()}`,
    ],
    [
      `/v2/?meetingjoin=true#${ROUTE}`,
      'microsoft-teams',
      `/v2/?meetingjoin=true#${ROUTE}&anon=true`,
      `teams:${THREAD.toLowerCase()}`,
    ],
    [
      `/dl/launcher/launcher.html?url=${e(`/_#${ROUTE}`)}`,
      'microsoft-teams',
      `/v2/?meetingjoin=true#${ROUTE}&anon=true`,
      `teams:${THREAD.toLowerCase()}`,
    ],
    [
      `/light-meetings/launch?coords=${e(coords(COORDS))}`,
      'microsoft-teams',
      `/v2/?meetingjoin=true#${ROUTE}&anon=true`,
      `teams:${THREAD.toLowerCase()}`,
    ],
  ];
  it.each(rows)('%s', (path, platform, join, key) => {
    for (const origin of [LAB, 'http://localhost:3001']) {
      expect(joined(`${origin}${path}`, LAB)).toMatchObject({
        platform,
        joinUrl: `${LAB}${join}`,
        key: `lab:127.0.0.1:3001:${key}`,
        allowedOrigins: [LAB],
      });
    }
    expect(parseMeetingLink(`${LAB}${path}`).ok).toBe(false);
    expect(parseMeetingLink(`http://127.0.0.1:3002${path}`, { labOrigin: LAB }).ok).toBe(false);
  });
});

describe('a meeting ID alone', () => {
  it('is one of the platform that the user names', () => {
    expect(parseMeetingLink('860 208 2320', { platform: 'zoom' })).toMatchObject({
      link: { key: 'zoom:8602082320' },
    });
    expect(parseMeetingLink('234 567 890 123 4 aB3xyZ', { platform: 'microsoft-teams' })).toMatchObject({
      link: { joinUrl: `${TEAMS}/v2/?meetingjoin=true#/meet/2345678901234?p=aB3xyZ&anon=true` },
    });
    expect(parseMeetingLink('860 208 2320')).toMatchObject({ problem: 'bare_meeting_id' });
  });
});
