/** All waits and limits for one meeting, in one place so that tests can shorten them. */
export interface Timing {
  /** One try at opening the link. */
  navigationMs: number;
  navigationTries: number;
  /** How many times the link is opened, in all, when the page goes away, dies or cannot connect. */
  visits: number;
  /** Before the link is opened again. */
  visitAgainMs: number;
  /** From the opened link to a pre-join page with the name typed. */
  prepareMs: number;
  /** A page that shows nothing to act on for this long is opened again, once. */
  reloadAfterMs: number;
  /** Between two readings of the page before admission. */
  pollMs: number;
  /** A terminal state must be seen twice, with this time in between. */
  confirmMs: number;
  /** A captcha can disappear by itself within this time. */
  captchaMs: number;
  /** How long the buttons of devices may take to appear after the join button. */
  deviceAbsentMs: number;
  /** How long a page that the server says is missing has to show something to act on. */
  missingMs: number;
  /** How long a device button may take to change its label. */
  deviceMs: number;
  /** The typed name must still be there after this time. */
  nameStableMs: number;
  /** Between two presses of the join button while the page does not react. */
  knockAgainMs: number;
  knocks: number;
  /** How long to knock on a page that does not react. */
  knockMs: number;
  /** After the knock, how long the page may show nothing that the bot knows. */
  strangeLobbyMs: number;
  /** How long the lobby may have no connection to the platform. */
  deadLineMs: number;
  /** How long the join button may be back after the lobby was seen, before the bot knocks again. */
  lobbyGoneMs: number;
  /** The call must be visible without interruption for this long. */
  inCallStableMs: number;
  watchPollMs: number;
  /** How long the page has to say "you've been removed" while it still looks like the call. */
  contradictedMs: number;
  /** How long no sign of the call may be visible on a page that does not say why. */
  lostMs: number;
  lostReadings: number;
  /** The same for a page that shows something else, which the bot does not know. */
  strangeMs: number;
  /** The same for a page that is back at its door: the pre-join page or the lobby. */
  doorMs: number;
  /** The same for a page that said that it reconnects, or that does not answer. */
  reconnectMs: number;
  /** How long the page may be at another address than the meeting's. */
  awayMs: number;
  /** Between two readings of a list of people that shows only a part of them. */
  scrollListMs: number;
  /** How long the list of people may take to appear in a new call. */
  listMs: number;
  /** Between two presses of the button that shows the list of people. */
  openListMs: number;
  /** How long a name may be missing for a tile that makes a sound, before its turns are told all the same. */
  unnamedMs: number;
  /** In the call with others, how long without any sign of who speaks, or without a sound track, before it is told. */
  noSignalMs: number;
  /** Between two searches for popups in the call. */
  popupMs: number;
  /** A speaker's pause up to this long belongs to the turn. */
  silenceMs: number;
  /** Shorter sounds are not turns. */
  minTurnMs: number;
  /** How long one answer of the page may take. A busy machine was seen to need 55 s. */
  readMs: number;
  leaveMs: number;
}

/** The values used in production. */
export const TIMING: Readonly<Timing> = {
  navigationMs: 60_000,
  navigationTries: 3,
  visits: 4,
  visitAgainMs: 3_000,
  prepareMs: 120_000,
  reloadAfterMs: 45_000,
  pollMs: 400,
  confirmMs: 700,
  captchaMs: 5_000,
  deviceAbsentMs: 1_500,
  missingMs: 15_000,
  deviceMs: 1_500,
  nameStableMs: 300,
  knockAgainMs: 2_000,
  knocks: 5,
  knockMs: 60_000,
  strangeLobbyMs: 20_000,
  deadLineMs: 15_000,
  lobbyGoneMs: 3_000,
  inCallStableMs: 500,
  watchPollMs: 500,
  contradictedMs: 5_000,
  lostMs: 30_000,
  lostReadings: 3,
  strangeMs: 10_000,
  doorMs: 10_000,
  reconnectMs: 5 * 60_000,
  awayMs: 5_000,
  scrollListMs: 3_000,
  listMs: 10_000,
  openListMs: 5_000,
  unnamedMs: 60_000,
  noSignalMs: 90_000,
  popupMs: 2_000,
  silenceMs: 800,
  minTurnMs: 200,
  readMs: 60_000,
  leaveMs: 4_000,
};
