// The whole driver, in a real browser, in the lab's Teams meetings. microsoft-teams-more.test.ts has the rarer ones.
import { describe } from 'vitest';
import { labSuite } from '../page/testing/lab-suite.ts';
import { MICROSOFT_TEAMS } from './data.ts';

const suite = labSuite(MICROSOFT_TEAMS);

describe('getting in', () => {
  suite.getsInto([
    ['the full client', {}, 1],
    ['an open meeting with a short link', { access: 'open', link: 'short' }, 0],
    ['a lobby that says little', { lobby_wording: 6 }, 1],
  ]);
  suite.failsWith([
    ['denied', { deny_after_ms: 100 }],
    ['no_response', { no_response_after_ms: 100 }],
    ['captcha', { captcha: 'on_knock' }],
    ['meeting_not_found', { not_found: true }],
    ['connection_failed', { blocked: true }],
    ['sign_in_required', { sign_in_required: true }],
    ['sign_in_required', { sign_in_required: true, teams: { sign_in_wording: 3 } }],
    ['passcode_required', { passcode: 'right1' }],
  ]);
});

describe('in the call', () => {
  suite.seesAndHears([0]);
  suite.believesOnlyThePage({
    chat: "You've been removed from this meeting",
    toast: 'Removed from the meeting',
  });
  suite.writesToChat();
});
