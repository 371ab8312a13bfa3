import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMeetingLink } from './parse.ts';

const MEET = 'https://meet.google.com/abc-defg-hij?hl=en';

describe('Google Meet links', () => {
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
    'abc-defg-hij',
    'abcdefghij',
    '  <https://meet.google.com/abc-defg-hij>  ',
    '"https://meet.google.com/abc-defg-hij".',
    'https://www.google.com/url?q=https%3A%2F%2Fmeet.google.com%2Fabc-defg-hij&sa=D&source=calendar',
    'https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmeet.google.com%2Fabc-defg-hij&data=05',
  ])('%s', (input) => {
    expect(parseMeetingLink(input)).toMatchObject({
      ok: true,
      link: { platform: 'google-meet', joinUrl: MEET, key: 'google_meet:abc-defg-hij' },
    });
  });

  it('keeps a Workspace nickname', () => {
    expect(parseMeetingLink('https://meet.google.com/my-team-standup')).toMatchObject({
      ok: true,
      link: { joinUrl: 'https://meet.google.com/my-team-standup?hl=en' },
    });
  });
});

describe('what is no meeting', () => {
  it.each([
    ['', 'not_a_url'],
    ['hello there', 'not_a_url'],
    ['https://', 'not_a_url'],
    [`https://meet.google.com/${'a'.repeat(3000)}`, 'not_a_url'],
    ['https://meet.google.com/', 'not_a_meeting'],
    ['https://meet.google.com/new', 'not_a_meeting'],
    ['https://meet.google.com/lookup/abcdefg', 'not_a_meeting'],
    ['https://meet.google.com/abc', 'not_a_meeting'],
    ['https://meet.google.com/abc-defg-hij/extra', 'not_a_meeting'],
    ['https://user:secret@meet.google.com/abc-defg-hij', 'not_a_meeting'],
    ['https://stream.meet.google.com/stream/1', 'unsupported_meeting'],
    ['https://meet.google.com.evil.example/abc-defg-hij', 'unknown_meeting_host'],
    ['https://evil.example/meet.google.com/abc-defg-hij', 'unknown_meeting_host'],
    ['https://meet.google.com@evil.example/abc-defg-hij', 'not_a_meeting'],
    ['https://meet.google.com:8443/abc-defg-hij', 'unknown_meeting_host'],
    ['https://mееt.google.com/abc-defg-hij', 'unknown_meeting_host'],
    ['https://127.0.0.1/abc-defg-hij', 'unknown_meeting_host'],
    ['http://169.254.169.254/latest/meta-data', 'unknown_meeting_host'],
    ['file:///etc/passwd', 'unknown_meeting_host'],
    ['javascript:alert(1)', 'unknown_meeting_host'],
    ['https://teams.microsoft.com/meet/1234567890?p=abc', 'platform_not_supported'],
    ['https://us02web.zoom.us/j/1234567890', 'platform_not_supported'],
    ['https://zoom.us.evil.example/j/1234567890', 'unknown_meeting_host'],
  ])('%s', (input, problem) => {
    expect(parseMeetingLink(input)).toMatchObject({ ok: false, problem });
  });

  it('never throws, and opens nothing but Meet, whatever it is given', () => {
    const pieces = fc.constantFrom(
      'https://',
      'meet.google.com',
      '/',
      '?q=',
      '@',
      ':',
      'abc-defg-hij',
      '%00',
      '..',
      'url?q=',
    );
    const soup = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(soup, (input) => {
        const parsed = parseMeetingLink(input);
        if (parsed.ok) expect(new URL(parsed.link.joinUrl).origin).toBe('https://meet.google.com');
        else expect(parsed.message).toMatch(/\.$/);
      }),
      { numRuns: 500 },
    );
  });

  it('unwraps a redirector that leads to itself without going round for ever', () => {
    const self = 'https://www.google.com/url?q=';
    expect(parseMeetingLink(self + encodeURIComponent(self + encodeURIComponent(self))).ok).toBe(false);
  });
});

describe('a long input', () => {
  const LONG = 50_000;
  const PIECES = [
    ...[...' \n<>"\'“”.,;)]/?#&=@:-_a%[\\\0é'],
    ...['\u{1f600}', '\ud800', 'a.', 'a-', '.a', '%20', '//', '../', 'https:', 'q=', 'abc-defg-hij'],
    ...['meet.google.com/', 'https://www.google.com/url?q='],
  ];
  const fill = (piece: string) => piece.repeat(Math.ceil(LONG / piece.length));
  const elapsedMs = (input: string) => {
    const fromMs = performance.now();
    parseMeetingLink(input);
    return performance.now() - fromMs;
  };

  // A quadratic step takes seconds for this length; a linear one some ms.
  it.each(PIECES)('of nothing but %j is parsed in linear time', (piece) => {
    const run = fill(piece);
    const inputs = [run, `x${run}`, `${run}x`, `${run}x${run}`, `https://meet.google.com/${run}x`];
    for (const input of inputs) expect(elapsedMs(input)).toBeLessThan(200);
  });

  it('of any mix of pieces is parsed in linear time', () => {
    const runs = fc.array(fc.tuple(fc.constantFrom(...PIECES), fc.integer({ min: 1, max: 10_000 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(runs, (parts) => {
        const input = parts.map(([piece, times]) => piece.repeat(times)).join('');
        expect(elapsedMs(input)).toBeLessThan(500);
      }),
      // Shrinking a slow input would run it hundreds of times.
      { numRuns: 50, endOnFailure: true },
    );
  });

  it('is refused when the link is too long, and not for the marks and blanks around it', () => {
    expect(parseMeetingLink(`https://meet.google.com/${fill('a')}`)).toMatchObject({ problem: 'not_a_url' });
    const marked = `${fill(' ')}<${MEET}>${fill(')')}`;
    expect(parseMeetingLink(marked)).toMatchObject({ ok: true, link: { joinUrl: MEET } });
  });
});

describe('lab links', () => {
  const labOrigin = 'http://127.0.0.1:3001';
  it('count as Google Meet links where a lab is configured, and nowhere else', () => {
    const url = `${labOrigin}/abc-defg-hij`;
    expect(parseMeetingLink(url, { labOrigin })).toMatchObject({
      ok: true,
      link: { platform: 'google-meet', joinUrl: `${url}?hl=en`, allowedOrigins: [labOrigin] },
    });
    expect(parseMeetingLink('http://localhost:3001/abc-defg-hij', { labOrigin })).toMatchObject({
      ok: true,
      link: { joinUrl: `${url}?hl=en` },
    });
    expect(parseMeetingLink(url).ok).toBe(false);
    expect(parseMeetingLink('http://127.0.0.1:3002/abc-defg-hij', { labOrigin }).ok).toBe(false);
  });
});
