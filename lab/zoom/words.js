// The platform's texts. Those of the public reports are theirs word for word.
import { boot } from '../client/boot.js';

/** A text with the apostrophe that this meeting uses. Both occur on the platform. */
const spelt = (text) => (boot.curly ? text.replaceAll("'", '’') : text);

/** The waiting room's wordings: a title, and what may stand below it. */
const WAITING = [
  ['Please wait, the meeting host will let you in soon.', ''],
  ["Host has joined. We've let them know you're here", ''],
  ['Waiting for the host to start this meeting', ''],
  ['Waiting for the host to start the meeting', ''],
  ['You are in the waiting room', 'You will be admitted shortly'],
  ['The host will let you in soon', 'waiting room'],
];

/** Texts of meetings for signed-in guests. */
const SIGN_IN = [
  'Sign in to join this meeting',
  'Only authenticated users can join',
  'This meeting requires authentication',
  'Authentication is required',
  'The host requires authentication on the commercial Zoom platform to join this meeting',
];

export const waitingWords = () => WAITING[boot.lobby_wording % WAITING.length].map(spelt);
export const signInWords = () => spelt(SIGN_IN[boot.sign_in_wording % SIGN_IN.length]);

export const words = {
  invalid: 'This meeting link is invalid (3,001)',
  not_started: 'Waiting for the host to start this meeting',
  wall: spelt(
    "We detected you may be a bot. Automated bots aren't allowed to join this meeting or webinar and must use Zoom RTMS to access meeting content.",
  ),
  network:
    'Your network connection has timed out or your organization has disabled access to Zoom from the browser',
  // No public report has the words of a meeting that is full: these are ours.
  full: 'This meeting has reached the maximum number of participants',
  captcha: 'Type the characters you see',
  wrong_passcode: 'Passcode wrong',
  joining: 'Joining Meeting…',
  connecting: 'Connecting to the meeting',
  denied: 'You have been removed',
  removed: 'You have been removed from the meeting',
  ended: 'This meeting has been ended by host',
  recorded: 'This meeting is being recorded',
  recorded_why: spelt('By joining, you consent to being recorded. If you do not consent, leave the meeting.'),
  unmute: 'The host would like you to unmute',
  still_there: 'Are you still there?',
  mic_muted: 'Your mic is muted. Unmute it to be heard.',
  no_microphone: 'Cannot detect your microphone. Check the device and its connection.',
};
