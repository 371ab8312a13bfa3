/** Every wait and limit of a visit to a meeting, in one place so that tests can shorten them. */
export interface Timing {
  /** One try at opening the link. */
  navigationMs: number;
  navigationTries: number;
  /** From the opened page to a pre-join page with the name typed. */
  prepareMs: number;
  /** A page that shows nothing to act on for this long is loaded anew, once. */
  reloadAfterMs: number;
  /** Between two looks at the page before admission. */
  pollMs: number;
  /** A terminal state must be seen twice, this far apart. */
  confirmMs: number;
  /** A captcha may be solved by the platform itself within this time. */
  captchaMs: number;
  /** How long a device button gets to show the opposite label. */
  deviceMs: number;
  /** The typed name must still be there after this time. */
  nameStableMs: number;
  /** Between two clicks on the join button while nothing happens. */
  knockAgainMs: number;
  knocks: number;
  /** From the first click to giving up on a page that stays where it is. */
  knockMs: number;
  /** The call must be seen without a break for this long. */
  inCallStableMs: number;
  watchPollMs: number;
  /** "You've been removed" beside a page that still looks like the call. */
  contradictedMs: number;
  /** Every sign of the call is gone, and the page says nothing. */
  lostMs: number;
  lostReadings: number;
  /** As above, but the page has said that it is reconnecting, or does not answer at all. */
  reconnectMs: number;
  /** The page's address is no longer the meeting's. */
  awayMs: number;
  /** Between two looks for popups in the call. */
  popupMs: number;
  /** A speaker's pause up to this long is part of the turn. */
  silenceMs: number;
  /** Shorter sounds are no turns. */
  minTurnMs: number;
  /** One answer of the page; a busy machine was seen to need 55 s. */
  readMs: number;
  leaveMs: number;
}

/** The values used in production. */
export const TIMING: Readonly<Timing> = {
  navigationMs: 60_000,
  navigationTries: 3,
  prepareMs: 60_000,
  reloadAfterMs: 25_000,
  pollMs: 400,
  confirmMs: 700,
  captchaMs: 5_000,
  deviceMs: 1_500,
  nameStableMs: 300,
  knockAgainMs: 2_000,
  knocks: 5,
  knockMs: 60_000,
  inCallStableMs: 500,
  watchPollMs: 500,
  contradictedMs: 5_000,
  lostMs: 30_000,
  lostReadings: 3,
  reconnectMs: 5 * 60_000,
  awayMs: 5_000,
  popupMs: 2_000,
  silenceMs: 800,
  minTurnMs: 200,
  readMs: 60_000,
  leaveMs: 4_000,
};
