// Whole invitations, as people paste them: which meetings they hold, and which one a bot takes.
import { describe, expect, it } from 'vitest';
import { inspectText } from './inspect.ts';
import { parseMeetingLink } from './parse.ts';

const ZOOM_MAIL = `Ada Lovelace is inviting you to a scheduled Zoom meeting.

Topic: Weekly
Time: Dec 1, 2026 10:00 AM Amsterdam

Join Zoom Meeting
https://us02web.zoom.us/j/86020823200?pwd=RlpWQT09abc.1

Meeting ID: 860 2082 3200
Passcode: 123456

---

One tap mobile
+16699006833,,86020823200#,,,,*123456# US (San Jose)

Join instructions
https://us02web.zoom.us/meetings/86020823200/invitations?signature=abc

Find your local number: https://us02web.zoom.us/u/kdB0hZ2Qwe`;

const ZOOM_DIAL_FIRST = `Find your local number: https://company.zoom.us/u/abc
Meeting ID: 860 2082 3200
Passcode: 1@b*c2
Join: https://company.zoom.us/j/86020823200`;

const TEAMS_THREAD = '19%3ameeting_MjdhNjM4YzUtYzExZi00OTFkLTkzZTAtNTVlNmZmMDhkNGU2%40thread.v2';
const TEAMS_URL = `https://teams.microsoft.com/l/meetup-join/${TEAMS_THREAD}/0?context=%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22%2c%22Oid%22%3a%22550fae72-d251-43ec-868c-373732c2704f%22%7d`;
const TEAMS_JOIN = `https://teams.microsoft.com/v2/?meetingjoin=true#${TEAMS_URL.slice('https://teams.microsoft.com'.length)}&anon=true`;

const TEAMS_TEXT = `________________________________________________________________________________
Microsoft Teams Need help?<https://aka.ms/JoinTeamsMeeting?omkt=en-US>
Join the meeting now<${TEAMS_URL}>
Meeting ID: 234 567 890 123 4
Passcode: aB3xyZ
________________________________
Dial in by phone
+1 323-555-0100,,123456789#<tel:+13235550100,,123456789#> United States, Los Angeles
Find a local number<https://dialin.teams.microsoft.com/abc?id=123456789>
Phone conference ID: 123 456 789#
For organizers: Meeting options<https://teams.microsoft.com/meetingOptions/?organizerId=x&tenantId=y&threadId=19_meeting_x@thread.v2> | Reset dial-in PIN<https://dialin.teams.microsoft.com/usp/pstnconferencing>
________________________________________________________________________________`;

const SAFE = (url: string) =>
  `https://eur01.safelinks.protection.outlook.com/ap/t-59584e83/?url=${encodeURIComponent(url)}&amp;data=05%7C02%7C&amp;reserved=0`;
const TEAMS_HTML = `<html><body><div><span style="font-size:24px">Microsoft Teams</span>
<a href="${SAFE('https://aka.ms/JoinTeamsMeeting?omkt=en-US')}" originalsrc="x">Need help?</a></div>
<div><a href="${SAFE(TEAMS_URL)}" id="meet_invite_block.action.join_link">Join the meeting now</a></div>
<div><span>Meeting ID: </span><span>234 567 890 123 4</span></div>
<div><span>Passcode: </span><span>aB3xyZ</span></div>
<a href="https://teams.microsoft.com/meetingOptions/?organizerId=x&amp;tenantId=y">Meeting options</a></body></html>`;

const SHORT_TEAMS = `Microsoft Teams meeting
Join: https://teams.microsoft.com/meet/2345678901234?p=aB3xyZ0123456789
Meeting ID: 234 567 890 123 4
Passcode: qW9er7`;

const MEET_TEXT = `Weekly
Tuesday, December 1 · 10:00 – 11:00am
Time zone: Europe/Amsterdam
Google Meet joining info
Video call link: https://meet.google.com/abc-defg-hij
Or dial: ‪(US) +1 401-555-0100‬ PIN: ‪123 456 789‬#
More phone numbers: https://tel.meet/abc-defg-hij?pin=1234567890123`;

const ZOOM_HTML = `<p>Hi there,</p><p>Join Zoom Meeting<br><a href='https://us02web.zoom.us/j/86020823200?pwd=abc.1&amp;from=addon'>https://us02web.zoom.us/j/86020823200?pwd=abc.1&amp;from=addon</a></p>
<table><tr><td>Meeting ID:</td><td>860 2082 3200</td></tr><tr><td>Passcode:</td><td><b>123456</b></td></tr></table>`;

const ICS = [
  'BEGIN:VCALENDAR',
  'BEGIN:VEVENT',
  'SUMMARY:Weekly',
  'DESCRIPTION:Join Zoom: https://us02web.zoom.us/j/86020823200?pwd=abcdefghij',
  ' klmnop.1\\nMeeting ID: 860 2082 3200\\, Passcode: 123456',
  'X-GOOGLE-CONFERENCE:https://meet.google.com/abc-d',
  ' efg-hij',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');

const ZOOM_KEY = 'zoom:86020823200';
const TEAMS_KEY = 'teams:19:meeting_mjdhnjm4yzutyzexzi00otfkltkzztatntvlnmzmmdhkngu2@thread.v2';

describe('an invitation', () => {
  it.each([
    ['of Zoom', ZOOM_MAIL, ZOOM_KEY, 'https://app.zoom.us/wc/86020823200/join?pwd=RlpWQT09abc.1', '123456'],
    [
      'of Zoom with numbers first',
      ZOOM_DIAL_FIRST,
      ZOOM_KEY,
      'https://app.zoom.us/wc/86020823200/join',
      '1@b*c2',
    ],
    ['of Zoom as HTML', ZOOM_HTML, ZOOM_KEY, 'https://app.zoom.us/wc/86020823200/join?pwd=abc.1', '123456'],
    [
      'of Zoom without a link',
      'Zoom\nMeeting ID: 860 2082 3200\nPasscode: 123456',
      ZOOM_KEY,
      'https://app.zoom.us/wc/86020823200/join',
      '123456',
    ],
    [
      'of Zoom in German',
      'Zoom-Meeting beitreten\nhttps://zoom.us/j/86020823200\n\nMeeting-ID: 860 2082 3200\nKenncode: 123456',
      ZOOM_KEY,
      'https://app.zoom.us/wc/86020823200/join',
      '123456',
    ],
    [
      'of Zoom in Japanese',
      'Zoomミーティングに参加する\nhttps://zoom.us/j/86020823200\n\nミーティングID: 860 2082 3200\nパスコード: 123456',
      ZOOM_KEY,
      'https://app.zoom.us/wc/86020823200/join',
      '123456',
    ],
    ['of Teams', TEAMS_TEXT, TEAMS_KEY, TEAMS_JOIN, null],
    ['of Teams as HTML', TEAMS_HTML, TEAMS_KEY, TEAMS_JOIN, null],
    [
      'of Teams with a short link',
      SHORT_TEAMS,
      'teams:work:2345678901234',
      'https://teams.microsoft.com/v2/?meetingjoin=true#/meet/2345678901234?p=aB3xyZ0123456789&anon=true',
      null,
    ],
    [
      'of Teams without a link',
      'Microsoft Teams\nMeeting ID: 234 567 890 123 4\nPasscode: aB3xyZ',
      'teams:work:2345678901234',
      'https://teams.microsoft.com/v2/?meetingjoin=true#/meet/2345678901234?p=aB3xyZ&anon=true',
      null,
    ],
    [
      'of Google Meet',
      MEET_TEXT,
      'google_meet:abc-defg-hij',
      'https://meet.google.com/abc-defg-hij?hl=en',
      null,
    ],
  ])('%s holds one meeting', (_name, text, key, joinUrl, passcode) => {
    const { meetings, refused } = inspectText(text, {});
    expect(meetings.map(({ link }) => link)).toEqual([expect.objectContaining({ key, joinUrl, passcode })]);
    expect(refused.map(({ refusal }) => refusal.problem).filter((code) => code !== 'landing_page')).toEqual(
      [],
    );
    expect(parseMeetingLink(text)).toMatchObject({ ok: true, link: { key, joinUrl, passcode } });
  });

  it('says whether the passcode has to be typed', () => {
    const passcodeOf = (text: string) => inspectText(text, {}).meetings.map(({ passcode }) => passcode);
    expect(passcodeOf(ZOOM_MAIL)).toEqual(['in the link']);
    expect(passcodeOf(ZOOM_DIAL_FIRST)).toEqual(['given']);
    expect(passcodeOf('Meeting ID: 234 567 890 123 4 Passcode: aB3xyZ')).toEqual(['in the link']);
    expect(passcodeOf(MEET_TEXT)).toEqual([null]);
    expect(passcodeOf('https://zoom.us/j/86020823200 Enter the passcode when you are asked.')).toEqual([
      null,
    ]);
  });
});

describe('several meetings', () => {
  it('are all found, each with its own passcode', () => {
    const text = `First: https://zoom.us/j/86020823200 Passcode: 111111. Second: https://zoom.us/j/86020823201 Passcode: 222222`;
    const { meetings } = inspectText(text, {});
    expect(meetings.map(({ link }) => [link.key, link.passcode])).toEqual([
      ['zoom:86020823200', '111111'],
      ['zoom:86020823201', '222222'],
    ]);
  });

  it('of which the one is taken that the calendar names', () => {
    const parsed = parseMeetingLink(ICS);
    expect(parsed).toMatchObject({ ok: true, link: { key: 'google_meet:abc-defg-hij' } });
    expect(parsed.ok && parsed.link.warnings).toEqual([expect.stringContaining('zoom')]);
    const { meetings } = inspectText(ICS, {});
    expect(meetings.map(({ link }) => link.joinUrl)).toEqual([
      'https://app.zoom.us/wc/86020823200/join?pwd=abcdefghijklmnop.1',
      'https://meet.google.com/abc-defg-hij?hl=en',
    ]);
    expect(meetings[0]?.link.passcode).toBe('123456');
  });

  it('of which otherwise the one is taken whose passcode is known', () => {
    const text = `${MEET_TEXT}\n${ZOOM_MAIL}`;
    expect(parseMeetingLink(text)).toMatchObject({
      link: { key: ZOOM_KEY, warnings: [expect.stringContaining('2 meetings')] },
    });
  });

  it('written without a blank between them', () => {
    const text = 'https://meet.google.com/abc-defg-hijhttps://zoom.us/j/86020823200?pwd=abc.1';
    expect(inspectText(text, {}).meetings.map(({ link }) => link.platform)).toEqual(['google-meet', 'zoom']);
  });

  it('that are spellings of one are one, with all that is known', () => {
    const text =
      'https://zoom.us/j/86020823200 or https://us02web.zoom.us/j/86020823200?pwd=abc.1 Passcode: 123456';
    expect(inspectText(text, {}).meetings.map(({ link }) => [link.joinUrl, link.passcode])).toEqual([
      ['https://app.zoom.us/wc/86020823200/join?pwd=abc.1', '123456'],
    ]);
  });
});

describe('links that are no meeting', () => {
  it('are told with their reasons; what helps with a meeting is not', () => {
    const text = `${MEET_TEXT}\nRecording: https://zoom.us/rec/share/abc`;
    expect(inspectText(text, {}).refused).toEqual([
      {
        text: 'https://zoom.us/rec/share/abc',
        refusal: expect.objectContaining({ problem: 'recording_link' }),
      },
    ]);
    expect(inspectText('Help: https://aka.ms/JoinTeamsMeeting', {}).refused).toHaveLength(1);
  });

  it('of other sites are left out, unless they imitate a platform or are all there is', () => {
    const codes = (text: string) => inspectText(text, {}).refused.map(({ refusal }) => refusal.problem);
    expect(codes('Agenda: https://example.org/agenda')).toEqual([]);
    expect(codes('https://example.org/agenda')).toEqual(['unknown_meeting_host']);
    expect(codes('Join https://zoom.us.evil.com/j/86020823200 now')).toEqual(['unknown_meeting_host']);
    expect(codes('Join https://zооm.us/j/86020823200 now')).toEqual(['unknown_meeting_host']);
    expect(codes('8602082320')).toEqual(['bare_meeting_id']);
  });

  it.each(['', '   ', 'hello', 'Lunch at noon, restaurant Meeting'])('nothing is found in %j', (text) => {
    expect(inspectText(text, {})).toEqual({ meetings: [], refused: [] });
  });

  it('zero-width marks, quoted-printable and JSON escapes hide no link', () => {
    const keys = (text: string) => inspectText(text, {}).meetings.map(({ link }) => link.key);
    expect(keys('https://zoom.us/\u200bj/8602\u200b0823200')).toEqual([ZOOM_KEY]);
    expect(keys('{"url":"https:\\/\\/zoom.us\\/j\\/86020823200"}')).toEqual([ZOOM_KEY]);
    expect(
      keys(
        'Content-Transfer-Encoding: quoted-printable\r\n\r\nhttps://zoom.us/j/860208=\r\n23200?pwd=3Dabc.1',
      ),
    ).toEqual([ZOOM_KEY]);
  });
});
