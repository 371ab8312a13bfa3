// What is no meeting, or none that a bot can join: each with its reason, and a sentence that helps.
import { describe, expect, it } from 'vitest';
import { parseMeetingLink } from './parse.ts';

const ID = '86020823200';
const THREAD = '19%3ameeting_MjdhNjM4YzU%40thread.v2';
const TID = '%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22';
const coords = (text: string) => Buffer.from(text).toString('base64');

describe('refused', () => {
  it.each([
    ['', 'not_a_url'],
    ['hello there', 'not_a_url'],
    ['lunch', 'not_a_url'],
    ['https://', 'not_a_url'],
    [`https://meet.google.com/${'a'.repeat(9000)}`, 'link_too_long'],
    // Google Meet
    ['https://meet.google.com/', 'landing_page'],
    ['https://meet.google.com', 'landing_page'],
    ['https://meet.google.com/new', 'landing_page'],
    ['https://meet.google.com/landing', 'landing_page'],
    ['https://meet.google.com/lookup/abcdefg', 'lookup_link'],
    ['https://meet.google.com/_meet/lookup/abcdefg', 'lookup_link'],
    ['https://meet.google.com/tel/abc-defg-hij', 'dial_in'],
    ['https://tel.meet/abc-defg-hij?pin=123', 'dial_in'],
    ['https://meet.google.com/abc', 'invalid_meeting_id'],
    ['https://meet.google.com/abc-defg-hij/extra', 'invalid_meeting_id'],
    ['https://stream.meet.google.com/stream/5e1c7d3a', 'unsupported_livestream'],
    ['https://hangouts.google.com/call/abc', 'legacy_link'],
    ['https://g.co/meet/nick', 'legacy_link'],
    ['https://duo.app.goo.gl/abc', 'legacy_link'],
    // Microsoft Teams
    ['https://aka.ms/JoinTeamsMeeting', 'helper_link'],
    ['https://aka.ms/JoinTeamsMeeting?omkt=en-US', 'helper_link'],
    ['https://teams.microsoft.com/meetingOptions/?organizerId=1&tenantId=2', 'helper_link'],
    ['https://dialin.teams.microsoft.com/abc?id=123', 'dial_in'],
    ['https://www.microsoft.com/microsoft-teams/join-a-meeting', 'landing_page'],
    ['https://www.microsoft.com/en-us/microsoft-teams/join-a-meeting', 'landing_page'],
    ['https://support.office.com/article/x', 'helper_link'],
    ['https://teams.microsoft.com/', 'landing_page'],
    ['https://teams.microsoft.com/v2/', 'landing_page'],
    ['https://teams.microsoft.com/l/meetup-join/2345678901234', 'numeric_meeting_id'],
    ['https://teams.microsoft.com/l/meetup-join/234567890123?p=abc', 'numeric_meeting_id'],
    ['https://teams.microsoft.com/l/meetup-join/', 'truncated_link'],
    ['https://teams.microsoft.com/l/meetup-join/19%3ameeting_Mjdh', 'truncated_link'],
    [`https://teams.microsoft.com/l/meetup-join/${THREAD}/0?context=%7b%22Ti`, 'truncated_link'],
    [`https://teams.microsoft.com/l/meetup-join/${THREAD}/0?context=%7b${TID}%2c%22Oi`, 'truncated_link'],
    [
      `https://teams.microsoft.com/l/meetup-join/${THREAD}/0?context=%7b${TID}%2c%22IsBroadcastMeeting%22%3atrue%7d`,
      'unsupported_livestream',
    ],
    ['https://teams.microsoft.com/meet/', 'truncated_link'],
    ['https://teams.microsoft.com/meet/12345', 'truncated_link'],
    ['https://teams.microsoft.com/meet/12345678901234567?p=a', 'invalid_meeting_id'],
    ['https://teams.microsoft.com/meet/2345678901234?p=a%2Fb%20c', 'invalid_passcode'],
    ['https://teams.microsoft.com/l/channel/19%3aabc%40thread.tacv2/General', 'not_a_meeting'],
    ['https://teams.microsoft.com/light-meetings/launch?agent=web', 'truncated_link'],
    ['https://teams.microsoft.com/light-meetings/launch?coords=xyz', 'truncated_link'],
    [`https://teams.microsoft.com/light-meetings/launch?coords=${coords('null')}`, 'truncated_link'],
    [
      `https://teams.microsoft.com/light-meetings/launch?coords=${coords('{"conversationId":"https://evil.example"}')}`,
      'unsafe_link',
    ],
    [
      'https://teams.microsoft.com/dl/launcher/launcher.html?url=https%3A%2F%2Fevil.example%2Fmeet%2F234567890123',
      'unsafe_link',
    ],
    ['https://teams.microsoft.com/dl/launcher/launcher.html?url=%2F%2Fevil.example', 'unsafe_link'],
    ['https://events.teams.microsoft.com/event/abc@def', 'registration_required'],
    ['https://teams.microsoft.com/registration/abc', 'registration_required'],
    // Zoom
    ['https://zoom.us/', 'landing_page'],
    ['https://zoom.us/join', 'landing_page'],
    ['https://zoom.us/j/', 'truncated_link'],
    ['https://zoom.us/j/8602', 'truncated_link'],
    ['https://zoom.us/j/860208232001234', 'invalid_meeting_id'],
    ['https://zoom.us/j/abc', 'invalid_meeting_id'],
    ['https://zoom.us/my/', 'truncated_link'],
    ['https://zoom.us/webinar/register/WN_abc', 'registration_required'],
    ['https://zoom.us/meeting/register/tJabc', 'registration_required'],
    ['https://zoom.us/rec/share/abc', 'recording_link'],
    ['https://zoom.us/rec/play/abc', 'recording_link'],
    ['https://zoom.us/u/abc', 'dial_in'],
    ['https://zoom.us/t/abc', 'dial_in'],
    ['https://zoom.us/zoomconference', 'dial_in'],
    [`https://zoom.us/skype/${ID}`, 'helper_link'],
    ['https://zoom.us/launch/chat', 'host_link'],
    ['https://zoom.us/start/videomeeting', 'host_link'],
    ['https://zoom.us/oauth/authorize', 'helper_link'],
    ['https://zoom.us/download', 'helper_link'],
    ['https://support.zoom.us/hc/en-us', 'helper_link'],
    ['https://events.zoom.us/ej/abc', 'registration_required'],
    ['https://events.zoom.us/ejl/abc', 'registration_required'],
    ['https://ev.zoom.com/abc', 'registration_required'],
    [`https://zoom.us/j/${ID}?pwd=a(b`, 'invalid_passcode'],
    // Not their hosts
    ['https://example.org/x', 'unknown_meeting_host'],
    ['https://meet.google.com.evil.example/abc-defg-hij', 'unknown_meeting_host'],
    ['https://evil.example/meet.google.com/abc-defg-hij', 'unknown_meeting_host'],
    ['https://evil.example/?u=https://meet.google.com/abc-defg-hij', 'unknown_meeting_host'],
    [`https://zoom.us.evil.com/j/${ID}`, 'unknown_meeting_host'],
    [`https://evilzoom.us/j/${ID}`, 'unknown_meeting_host'],
    [`https://teams.microsoft.com.evil.example/meet/234567890123`, 'unknown_meeting_host'],
    ['https://mееt.google.com/abc-defg-hij', 'unknown_meeting_host'],
    [`https://zооm.us/j/${ID}`, 'unknown_meeting_host'],
    [`https://xn--zm-fmca.zoom.us/j/${ID}`, 'unknown_meeting_host'],
    ['https://127.0.0.1/abc-defg-hij', 'unknown_meeting_host'],
    [`https://[::1]/j/${ID}`, 'unknown_meeting_host'],
    ['http://169.254.169.254/latest/meta-data', 'unknown_meeting_host'],
    ['file:///etc/passwd', 'unknown_meeting_host'],
    ['javascript:alert(1)', 'unknown_meeting_host'],
    [`data:text/html,https://zoom.us/j/${ID}`, 'unknown_meeting_host'],
    [`javascript://zoom.us/j/${ID}`, 'unknown_meeting_host'],
    // Unsafe
    ['https://user:secret@meet.google.com/abc-defg-hij', 'unsafe_link'],
    ['https://meet.google.com@evil.example/abc-defg-hij', 'unsafe_link'],
    [`https://zoom.us@evil.com/j/${ID}`, 'unsafe_link'],
    ['https://meet.google.com:8443/abc-defg-hij', 'unsafe_link'],
    [`https://zoom.us/j/${ID}?pwd=abc&next=https://evil.example`, 'unsafe_link'],
    [`https://zoom.us/j/${ID}?pwd=abc&next=https%253A%252F%252Fevil.example`, 'unsafe_link'],
    [`https://teams.microsoft.com/meet/234567890123?p=https%3A%2F%2Fevil.example`, 'unsafe_link'],
    // Redirectors that hide their target
    ['https://protect-us.mimecast.com/s/AbCd?domain=zoom.us', 'hidden_target'],
    ['https://url.us.m.mimecastprotect.com/s/AbCd?domain=zoom.us', 'hidden_target'],
    ['https://bit.ly/abc', 'hidden_target'],
    ['https://lnkd.in/abc', 'hidden_target'],
    ['https://www.google.com/url?sa=D', 'hidden_target'],
    ['https://urldefense.com/v3/__broken', 'hidden_target'],
  ])('%s', (input, problem) => {
    const parsed = parseMeetingLink(input);
    expect(parsed).toMatchObject({ ok: false, problem });
    expect((parsed as { message: string }).message).toMatch(/\.$/);
  });
});

describe('redirectors', () => {
  const ZOOM = `https://us02web.zoom.us/j/${ID}?pwd=abc.1`;
  const e = encodeURIComponent;
  const safe = (url: string) =>
    `https://eur01.safelinks.protection.outlook.com/?url=${e(url)}&data=05%7C01&reserved=0`;
  it.each([
    safe(ZOOM),
    safe(ZOOM).replaceAll('&', '&amp;'),
    `https://nam02.safelinks.protection.outlook.com/ap/w-59584e83/?url=${e(ZOOM)}&data=x`,
    `https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=${e(ZOOM)}&locale=en-us`,
    safe(safe(ZOOM)),
    safe(`https://www.google.com/url?q=${e(ZOOM)}&sa=D`),
    `https://www.google.com/url?q=${e(ZOOM)}&sa=D&source=calendar&usg=AOv`,
    `https://www.google.com/url?q=${ZOOM}&sa=D`,
    `https://www.google.de/url?url=${e(ZOOM)}`,
    `https://urldefense.proofpoint.com/v1/url?u=${e(ZOOM)}&k=abc`,
    `https://urldefense.proofpoint.com/v2/url?u=https-3A__us02web.zoom.us_j_${ID}-3Fpwd-3Dabc.1&d=DwMF`,
    `https://urldefense.com/v3/__${ZOOM}__;!!abc!def$`,
    `https://urldefense.com/v3/__https://us02web.zoom.us/j/${ID}*pwd=abc.1__;Pw!!abc$`,
    `https://urldefense.com/v3/__https:**Aus02web.zoom.us/j/${ID}?pwd=abc.1__;Ly8!!abc$`,
    `https://linkprotect.cudasvc.com/url?a=${e(ZOOM)}&c=E,1,abc&typo=1`,
    `https://slack-redir.net/link?url=${e(ZOOM)}`,
    `https://www.linkedin.com/redir/redirect?url=${e(ZOOM)}&urlhash=x`,
    `https://www.linkedin.com/safety/go?url=${e(ZOOM)}`,
    `https://l.facebook.com/l.php?u=${e(ZOOM)}&h=AT0`,
    `https://secure-web.cisco.com/1abcDEF/${e(ZOOM)}`,
    `https://protect.checkpoint.com/v2/___${ZOOM}___.YXAx`,
    `https://deref-mail.com/mail/client/x/dereferrer/?redirectUrl=${e(ZOOM)}`,
  ])('%s', (input) => {
    expect(parseMeetingLink(input)).toMatchObject({
      ok: true,
      link: { joinUrl: `https://app.zoom.us/wc/${ID}/join?pwd=abc.1`, key: `zoom:${ID}` },
    });
  });

  it('without end, or leading to themselves, come to an end', () => {
    const self = 'https://www.google.com/url?q=';
    expect(parseMeetingLink(self + e(self + e(self))).ok).toBe(false);
    let deep = ZOOM;
    for (let n = 0; n < 7; n += 1) deep = safe(deep);
    expect(parseMeetingLink(deep)).toMatchObject({ problem: 'redirect_loop' });
    const round = `https://l.facebook.com/l.php?u=https://l.facebook.com/l.php`;
    expect(parseMeetingLink(round).ok).toBe(false);
  });

  it('do not hide credentials, ports or other hosts', () => {
    expect(parseMeetingLink(safe(`https://a:b@zoom.us/j/${ID}`))).toMatchObject({ problem: 'unsafe_link' });
    expect(parseMeetingLink(safe('https://evil.example/'))).toMatchObject({
      problem: 'unknown_meeting_host',
    });
    expect(parseMeetingLink(`https://safelinks.protection.outlook.com.evil.example/?url=${e(ZOOM)}`).ok).toBe(
      false,
    );
  });
});
