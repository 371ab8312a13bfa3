// The driver as in zoom.test.ts, in the client's other layouts, and with what delays a bot at the door.
import { labSuite } from '../page/testing/lab-suite.ts';
import { ZOOM } from './data.ts';

const suite = labSuite(ZOOM);

suite.getsInto([
  ['a client in a frame', { variant: 4 }, 1],
  ['the older client', { variant: 2 }, 1],
  [
    'a page that hinders where it can',
    {
      ...{ consent: 'both', popups: true, toolbar_in_lobby: true, late_dom_ms: 300 },
      zoom: {
        ...{ cookie_banner: true, terms: 'agree', permission_dialogs: 2, covered_join: true, curly: true },
        microphone_ready_after_ms: 1_500,
      },
    },
    1,
  ],
]);
suite.getsInAllTheSame([
  ['a meeting that starts late', { zoom: { starts_after_ms: 3_000 } }],
  ['a spinner that hangs once', { zoom: { joining_hangs: 1 } }],
  ['a page that bounces to the start page', { bounce: { when: 'after', times: 1 } }],
  ['a waiting room whose line is dead', { dead_lobby: { shows: 'words', times: 1 } }],
  ['a waiting room that goes empty', { dead_lobby: { shows: 'empty', times: 1 } }],
]);
suite.seesAndHears([1, 2, 3]);
