// Codes and links of meetings, in the form of each platform. A room is found by its code.
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { newMeetingCode } from './code.ts';
import type { Scenario } from './scenario.ts';

/** A new meeting's code, and the path and query of its link. */
export interface MeetingAddress {
  code: string;
  path: string;
  /** What the platform asks for when the link does not carry it. Null: nothing. */
  passcode: string | null;
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const token = (length: number) => Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** A number that does not begin with 0, as the platforms' meeting numbers. */
const digits = (count: number) =>
  Array.from({ length: count }, (_, index) => randomInt(index === 0 ? 1 : 0, 10)).join('');

/** Creates a code and the link that leads to it. */
export function newAddress(scenario: Scenario): MeetingAddress {
  switch (scenario.platform) {
    case 'google-meet': {
      const code = newMeetingCode();
      return { code, path: `/${code}`, passcode: null };
    }
    case 'microsoft-teams':
      return scenario.link === 'short' || scenario.passcode !== null
        ? shortTeamsLink(scenario)
        : longTeamsLink();
    case 'zoom': {
      const code = digits(10);
      const passcode = scenario.passcode ?? `${token(30)}.1`;
      return { code, path: withPasscode(`/j/${code}`, 'pwd', scenario, passcode), passcode };
    }
    default:
      return scenario.platform satisfies never;
  }
}

/** A passcode that the scenario gives is one that the page asks for: such a link does not carry it. */
function withPasscode(path: string, key: string, scenario: Scenario, passcode: string): string {
  return scenario.passcode === null ? `${path}?${key}=${encodeURIComponent(passcode)}` : path;
}

function shortTeamsLink(scenario: Scenario): MeetingAddress {
  const code = digits(12);
  const passcode = scenario.passcode ?? token(14);
  return { code, path: withPasscode(`/meet/${code}`, 'p', scenario, passcode), passcode };
}

function longTeamsLink(): MeetingAddress {
  const code = randomBytes(36).toString('base64url');
  const context = JSON.stringify({ Tid: randomUUID(), Oid: randomUUID() });
  // Invitations have the braces, colons and quotes of the context in lower-case hex.
  const escaped = encodeURIComponent(context).replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());
  return {
    code,
    path: `/l/meetup-join/19%3ameeting_${code}%40thread.v2/0?context=${escaped}`,
    passcode: null,
  };
}
