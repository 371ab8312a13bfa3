// The addresses of the Teams clients.

/** The layouts of the client, by the scenario's `variant`. */
export const LAYOUTS = ['v2', 'light', 'classic'] as const;
export type Layout = (typeof LAYOUTS)[number];

const THREAD = /19(?::|%3a)meeting_([\w-]+)(?:@|%40)thread\.v2/i;
const NUMBER = /\/meet\/(\d{9,15})/;

/** The code of the meeting to which a link leads. */
export const codeOf = (link: string): string | undefined => THREAD.exec(link)?.[1] ?? NUMBER.exec(link)?.[1];

/** Where the launcher's "Continue on this browser" leads. `link`: path and query of the meeting's link. */
export function clientUrl(layout: Layout, link: string): string {
  const { searchParams } = new URL(link, 'http://lab.invalid');
  const hl = searchParams.get('hl');
  const language = hl ? `&hl=${encodeURIComponent(hl)}` : '';
  if (layout !== 'light') {
    const anonymous = searchParams.has('anon') ? '' : `${link.includes('?') ? '&' : '?'}anon=true`;
    return `/v2/?meetingjoin=true${language}#${link}${anonymous}`;
  }
  const coords = Buffer.from(JSON.stringify(coordinates(link, searchParams))).toString('base64');
  const query = new URLSearchParams({
    agent: 'web',
    version: '26110200100',
    coords,
    lightExperience: 'true',
  });
  return `/light-meetings/launch?${query}${language}`;
}

function coordinates(link: string, query: URLSearchParams): Record<string, string> {
  const number = NUMBER.exec(link)?.[1];
  if (number) return { meetingCode: number, passcode: query.get('p') ?? '' };
  return {
    conversationId: `19:meeting_${codeOf(link) ?? ''}@thread.v2`,
    ...contextOf(query.get('context')),
    messageId: '0',
  };
}

/** Tenant and organiser, which an invitation's link carries as JSON. A link that was cut has none. */
function contextOf(text: string | null): Record<string, string> {
  try {
    const { Tid, Oid } = JSON.parse(text ?? '{}');
    return { tenantId: String(Tid), organizerId: String(Oid) };
  } catch {
    return {};
  }
}
