// What holds for every input, whatever somebody pastes.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inspectText } from './inspect.ts';
import { parseMeetingLink } from './parse.ts';

const MEET = 'https://meet.google.com/abc-defg-hij?hl=en';
const THREAD = '/l/meetup-join/19%3ameeting_Mjdh%40thread.v2/0?context=';
const PIECES = [
  ...[...' \n<>"\'“”.,;)(]}{/?#&=@:-_a1%[\\\0é*'],
  ...['\u{1f600}', '\ud800', 'a.', 'a-', '.a', '%20', '%25', '//', '../', 'https:', 'https://', 'q='],
  ...[
    'abc-defg-hij',
    'meet.google.com/',
    'teams.microsoft.com/',
    'us02web.zoom.us/',
    'zoom.us/',
    '/j/86020823200',
  ],
  ...[
    '?pwd=abc.1',
    '123456',
    '/meet/2345678901234',
    '?p=aB3',
    THREAD,
    'context={',
    '%7b%22Tid%22%3a',
    '#/',
    '/_#',
  ],
  ...[
    'https://www.google.com/url?q=',
    'https://x.safelinks.protection.outlook.com/?url=',
    'msteams:',
    'zoommtg://',
  ],
  ...[
    'https://urldefense.com/v3/__',
    '__;',
    '!!',
    '*',
    '**A',
    '/wc/',
    '/my/',
    'bob',
    'Meeting ID: ',
    'Passcode: ',
  ],
  ...[
    '<a href="',
    '</a>',
    '&amp;',
    '&lt;',
    '\r\n ',
    'BEGIN:VCALENDAR\n',
    '&#8203;',
    'coords=',
    'light-meetings/',
  ],
];
const soup = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 5 })), { maxLength: 14 })
    .map((parts) => parts.join('')),
);

describe('whatever is pasted', () => {
  beforeEach(() => {
    vi.stubGlobal('fetch', () => {
      throw new Error('a parser fetched something');
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('nothing is thrown, nothing is fetched, and only hosts of the three platforms are opened', () => {
    fc.assert(
      fc.property(soup, (input) => {
        inspectText(input, {});
        const parsed = parseMeetingLink(input);
        if (!parsed.ok) {
          expect(parsed.message).toMatch(/\.$/);
          return;
        }
        const { protocol, hostname, username, port } = new URL(parsed.link.joinUrl);
        expect({ protocol, username, port }).toEqual({ protocol: 'https:', username: '', port: '' });
        expect(hostname).toMatch(
          /^(?:meet\.google\.com|teams\.(?:microsoft\.com|live\.com|cloud\.microsoft|microsoftonline\.cn)|(?:[\w-]+\.)?teams\.microsoft\.(?:us|com)|(?:[\w-]+\.)*(?:zoom\.us|zoomgov\.com|zoom\.com\.cn|zoom-x\.de))$/,
        );
        expect(parsed.link.allowedOrigins).toContain(new URL(parsed.link.joinUrl).origin);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the join link leads to itself', () => {
    const place = fc.constantFrom(
      ...[
        'us02web.zoom.us/j/',
        'zoom.com/w/',
        'x.zoomgov.com/s/',
        'zoom.us/wc/',
        'zoom-x.de/wc/join/',
        'zoom.us/my/',
      ],
      ...['teams.microsoft.com/meet/', 'teams.live.com/v2/#/meet/', `teams.cloud.microsoft${THREAD}`],
      'meet.google.com/',
    );
    const digits = fc
      .integer({ min: 7, max: 12 })
      .chain((length) => fc.stringMatching(new RegExp(`^[1-9][0-9]{${length}}$`)));
    const name = fc.oneof(digits, fc.stringMatching(/^[a-z-]{3,12}$/), fc.string({ maxLength: 12 }));
    const query = fc.oneof(
      fc.constant(''),
      fc
        .tuple(
          fc.constantFrom('pwd', 'p', 'tk'),
          fc.oneof(fc.stringMatching(/^[\w.%-]{1,20}$/), fc.string({ maxLength: 10 })),
        )
        .map(([key, value]) => `?${key}=${value}`),
    );
    const link = fc.tuple(place, name, query).map((parts) => `https://${parts.join('')}`);
    let joined = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: link }, { weight: 1, arbitrary: soup }), (input) => {
        const parsed = parseMeetingLink(input);
        if (!parsed.ok) return;
        joined += 1;
        const { key, joinUrl } = parsed.link;
        expect(parseMeetingLink(joinUrl)).toMatchObject({ ok: true, link: { key, joinUrl } });
      }),
      { numRuns: 3_000 },
    );
    // The property says something only when many of the inputs are meetings.
    expect(joined).toBeGreaterThan(100);
  });
});

describe('a long input', () => {
  const SHORT = 25_000;
  const fill = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length));
  const elapsedMs = (input: string) => {
    const fromMs = performance.now();
    inspectText(input, {});
    return performance.now() - fromMs;
  };
  const ratioOf = (short: string, long: string) => elapsedMs(long) / Math.max(elapsedMs(short), 8);

  // A linear step takes four times as long for four times the text, a quadratic one sixteen times. Times below
  // some ms are noise.
  it.each(PIECES)('of nothing but %j takes time linear in its length', (piece) => {
    const shapes = [
      (run: string) => run,
      (run: string) => `x${run}`,
      (run: string) => `https://meet.google.com/${run}x`,
      (run: string) => `<a ${run} x`,
    ];
    for (const shape of shapes) {
      const [short, long] = [shape(fill(piece, SHORT)), shape(fill(piece, 4 * SHORT))];
      // Measured again when it is high: the machine may have been busy with something else.
      let ratio = ratioOf(short, long);
      for (let again = 0; again < 4 && ratio >= 10; again += 1) ratio = Math.min(ratio, ratioOf(short, long));
      expect(ratio).toBeLessThan(10);
    }
  });

  it('is refused when the link is too long, and not for the marks and blanks around it', () => {
    expect(parseMeetingLink(`https://meet.google.com/${fill('a', 50_000)}`)).toMatchObject({
      problem: 'link_too_long',
    });
    const marked = `${fill(' ', 50_000)}<${MEET}>${fill(')', 50_000)}`;
    expect(parseMeetingLink(marked)).toMatchObject({ ok: true, link: { joinUrl: MEET } });
  });
});
