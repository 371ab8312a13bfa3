// The whole driver, in a real browser, in the lab's Zoom meetings. zoom-more.test.ts has the rarer ones.
import { describe } from 'vitest';
import { labSuite } from '../page/testing/lab-suite.ts';
import { ZOOM } from './data.ts';

const suite = labSuite(ZOOM);

describe('getting in', () => {
  suite.getsInto([
    ['the newest client', {}, 1],
    ['an open meeting', { access: 'open' }, 0],
    ['a waiting room that says little', { lobby_wording: 4 }, 1],
  ]);
  suite.failsWith([
    ['denied', { deny_after_ms: 100 }],
    ['captcha', { captcha: true }],
    ['bots_not_allowed', { blocked: true }],
    ['sign_in_required', { sign_in_required: true }],
    ['sign_in_required', { sign_in_required: true, zoom: { sign_in_wording: 2 } }],
    ['registration_required', { zoom: { registration_required: true } }],
    ['meeting_full', { zoom: { full: true } }],
    ['web_client_disabled', { zoom: { network_blocked: true } }],
    ['passcode_required', { passcode: 'right.1' }],
  ]);
  suite.givesPasscodes('123456', '654321');
});

describe('in the call', () => {
  suite.seesAndHears([0]);
  suite.believesOnlyThePage({
    chat: 'You have been removed',
    toast: 'You have been removed from the meeting',
  });
  suite.writesToChat();
});
