// Texts that pages of all platforms use for the same thing. Each platform's own come first.
import { containing } from './texts.ts';

/** A dialog asks for consent to being recorded and the like, which the bot gives. */
export const CONSENT = [
  containing('being (?:recorded|transcribed|live ?streamed|translated)'),
  containing('(?:will|may) be (?:recorded|transcribed)'),
  containing('recording (?:in progress|has started|consent)'),
  containing('consent to (?:be(?:ing)? )?record'),
  containing('is taking notes'),
];

/** An offer to start taking notes does not ask for consent. */
export const CONSENT_NEVER = containing('take notes for me');

export const CONSENT_BUTTONS = [
  'Join now',
  'Got it',
  'Continue',
  'OK',
  'Accept',
  'Agree',
  'I agree',
  'I accept',
  'I consent',
  'Yes, I consent',
  'Understood',
];

/** For when no button to join has one of the known texts. */
export const JOIN_FALLBACK = containing('\\bjoin\\b');
export const JOIN_NEVER = containing(
  'other (?:ways|joining)|present|phone|companion|audio|again|more options|cast|room|with (?:a )?code|sign in|leave|cancel|learn more|got it|dismiss|close|back|home|settings|effects|turn o|continue without|help|privacy|terms|report|rejoin|microphone|camera|speaker|switch account|download|launch|app\\b',
);
