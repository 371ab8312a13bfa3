// The driver as in microsoft-teams.test.ts, in the other clients, and with what delays a bot at the door.
import { labSuite } from '../page/testing/lab-suite.ts';
import { MICROSOFT_TEAMS } from './data.ts';

const suite = labSuite(MICROSOFT_TEAMS);

suite.getsInto([
  ['the light client', { variant: 1 }, 1],
  ['the older client', { variant: 2 }, 1],
  [
    'a page that hinders where it can',
    {
      ...{ consent: 'both', popups: true, toolbar_in_lobby: true, late_dom_ms: 300, device_gate: true },
      teams: { av_modal: 'both', shroud_ms: 1_000 },
    },
    1,
  ],
  ['a light client that turns into the full one', { variant: 1, teams: { light_hop_after_ms: 1_500 } }, 1],
]);
suite.failsWith([
  ['denied', { deny_after_ms: 100, variant: 1 }],
  ['captcha', { captcha: true }],
]);
suite.givesPasscodes('right1', 'wrong1');
suite.getsInAllTheSame([
  ['a page that bounces to the start page', { bounce: { when: 'before', times: 1 } }],
  ['a page that bounces after the knock', { bounce: { when: 'after', times: 1 } }],
  ['a lobby whose line is dead', { dead_lobby: { shows: 'words', times: 1 } }],
  ['a lobby that goes empty', { dead_lobby: { shows: 'empty', times: 1 } }],
]);
suite.seesAndHears([1, 2]);
