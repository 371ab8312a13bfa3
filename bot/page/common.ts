// What pages of all platforms have in common: dialogs that want an answer. Their texts are grade B: the locale is
// pinned to English.
import { containing } from './texts.ts';

/** A dialog that the bot answers. */
export interface DialogRule {
  kind: string;
  asks: readonly RegExp[];
  /** The buttons that answer it, best first. */
  answers: readonly string[];
}

/** Buttons that are never pressed to answer a dialog: they leave, or let the others hear or see the bot. */
export const NEVER_PRESSED = containing(
  '^(?:leave|end|hang up|unmute|turn on|start (?:my )?video|allow (?:mic|cam)|enable|share|present|call me)',
);

export const DIALOG_RULES: readonly DialogRule[] = [
  {
    // Ends the call unless it is answered.
    kind: 'still_there',
    asks: [
      containing('\\bstill (?:there|here|in (?:the|this) (?:call|meeting)|watching|with us)\\b'),
      containing('(?:do you )?(?:want|like) to (?:stay|remain|continue)\\b'),
      containing("you(?:'ll| will) (?:be (?:removed|disconnected)|leave|automatically leave)"),
      containing('(?:call|meeting) (?:will|is about to) end'),
    ],
    answers: [
      'Stay in the call',
      'Stay in call',
      'Stay in the meeting',
      'Stay in meeting',
      'Stay connected',
      'Stay',
      "I'm still here",
      "I'm here",
      "Yes, I'm here",
      "Yes, I'm still here",
      'Yes',
      'Keep me in the call',
      'Keep waiting',
      'Continue call',
      'Continue meeting',
      'Continue',
      'Remain in the call',
      'Not now',
      'OK',
    ],
  },
  {
    kind: 'unmute_request',
    asks: [
      containing(
        '(?:would like|wants|want|asks?|asked|is asking|requests?|requested|invited?) you to (?:unmute|speak|turn|start)',
      ),
      containing('(?:unmute|turn on) your (?:mic|microphone|camera|video|audio)\\?'),
      containing('start your video'),
    ],
    answers: [
      'Stay muted',
      'Keep muted',
      'Remain muted',
      'Not now',
      'Later',
      'No thanks',
      'No',
      'Decline',
      'Cancel',
      'Dismiss',
      'Close',
    ],
  },
];
