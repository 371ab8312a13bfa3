// Classifies a snapshot of the page. Pure: no browser, no clock, no memory. The order of the checks matters.
// Signs against being in the call are checked before signs for it, since most controls of the call exist in
// the lobby and on the pre-join page too.
import type { PlatformData } from './data.ts';
import { type PageText, readText } from './page-text.ts';
import type { SeenDialog, Snapshot } from './snapshot.ts';
import type { Gate, PageState, RefusedState } from './state.ts';
import { plain } from './texts.ts';

export interface Known {
  data: PlatformData;
  /** The meeting's link. */
  link: string;
  /** The name under which the bot joins. */
  ownName?: string;
  /** Whether the bot has pressed the join button since the page was opened. */
  knocked?: boolean;
}

/** Returns the state that a snapshot shows. */
export function classify(snapshot: Snapshot, known: Known): PageState {
  const { data, link, ownName = '', knocked = false } = known;
  const { texts } = data;
  const text = readText(snapshot, ownName, data);
  const markers = callMarkers(snapshot);
  const join = hasJoinButton(snapshot, data, markers.length > 0);
  // Once pressed, the button stays and is disabled while the bot waits. It is disabled without a name too.
  const named = snapshot.nameInput?.filled ?? true;
  const waits = knocked && named && snapshot.joinButton !== null && !snapshot.joinButton.enabled;
  const lobby = text.first(texts.lobby) ?? snapshot.lobbyMarkers[0] ?? null;
  const looksLikeCall = markers.length > 0 && lobby === null && !join;

  const where = data.whereIs(snapshot.url, link);
  if (where === 'sign_in') return { kind: 'sign_in', matched: 'Sign in' };
  const refused = refusal(snapshot, text, data, { offersToJoin: join && snapshot.nameInput !== null });
  const over = text.over(texts.over);
  if (!looksLikeCall) {
    // "This meeting has ended" is in both lists. Its meaning depends on whether the bot was in the call.
    if (refused && refused.kind !== 'meeting_over') return refused;
    if (over) return { kind: over.kind, matched: over.matched };
    if (refused) return refused;
    if (snapshot.overMarkers.length > 0 || where === 'over') {
      return { kind: 'ended', matched: snapshot.overMarkers[0] ?? 'the address of the end' };
    }
    if (snapshot.captcha) return { kind: 'captcha' };
    if (isSignInPage(snapshot, text, data, join)) return { kind: 'sign_in', matched: 'Sign in' };
    const gate = findGate(snapshot, data);
    if (gate) return { kind: 'gate', gate };
  }
  const consent = snapshot.dialogs.find((dialog) => asksConsent(dialog, data));
  if (consent) return { kind: 'consent', matched: plain(consent.text).slice(0, 200), inCall: looksLikeCall };
  if (lobby !== null) {
    return { kind: 'lobby', matched: lobby, notStarted: text.first(texts.notStarted) !== null };
  }
  if (waits) return { kind: 'lobby', matched: 'the join button is disabled', notStarted: false };
  if (join || (snapshot.nameInput?.certain && markers.length === 0)) return { kind: 'prejoin' };

  const reconnecting = reconnects(snapshot, text, data, markers.length > 0);
  if (reconnecting !== null) return { kind: 'reconnecting', matched: reconnecting };
  const cancel = hasButton(snapshot, texts.cancelButtons);
  if (cancel) return { kind: 'lobby', matched: 'Cancel', notStarted: false };

  const alone = text.first(texts.alone) !== null;
  const canLeave = hasButton(snapshot, ['Leave call', 'Leave', 'Leave meeting']);
  if (markers.length > 0 || (canLeave && text.first(texts.admitted) !== null)) {
    const doubt = over?.prominent ? { kind: over.kind, matched: over.matched } : null;
    return { kind: 'in_call', alone, markers, doubt };
  }
  const empty = snapshot.blocks.length === 0 && snapshot.buttons.length === 0;
  return { kind: empty || text.first(texts.splash) !== null ? 'splash' : 'unknown' };
}

/** Signs of a call. The lobby can show some of them too, so they count only when nothing speaks for the lobby. */
export function callMarkers(snapshot: Snapshot): string[] {
  return snapshot.tiles > 0 ? [...snapshot.callMarkers, 'tile'] : snapshot.callMarkers;
}

/**
 * Whether there is a button that asks to join. When signs of the call are visible, only unambiguous texts
 * count. Otherwise vague texts count too, and beside a name field any text with "join". A dialog's
 * "Join now" is consent, not joining.
 */
export function hasJoinButton(snapshot: Snapshot, data: PlatformData, besideCall: boolean): boolean {
  const { joinButtons, joinFallback, joinNever } = data.texts;
  if (snapshot.joinButton !== null) return true;
  const texts = joinButtons.filter(({ sure }) => sure || !besideCall).map(({ text }) => text);
  if (hasButton(snapshot, texts)) return true;
  if (!snapshot.nameInput || besideCall) return false;
  return snapshot.buttons.some(({ captions, inDialog }) => {
    const caption = captions[0] ?? '';
    return !inDialog && joinFallback.test(caption) && !joinNever.test(caption);
  });
}

/**
 * The text by which the page says that it reconnects. People write such texts too, so while the call is visible only
 * a text counts that begins so, and is a notice or the page's main message, or stands where people's tiles were.
 */
function reconnects(
  snapshot: Snapshot,
  text: PageText,
  { texts }: PlatformData,
  besideCall: boolean,
): string | null {
  if (!besideCall) return text.first(texts.reconnecting, { toasts: true });
  const notices = snapshot.blocks
    .filter(({ toast, prominent }) => toast || prominent || snapshot.tiles === 0)
    .map((block) => plain(block.text));
  return notices.find((notice) => texts.reconnecting.some((rule) => rule.exec(notice)?.index === 0)) ?? null;
}

function findGate(snapshot: Snapshot, { texts }: PlatformData): Gate | null {
  const css = snapshot.gates[0];
  if (css !== undefined) return { css };
  const text = texts.gateButtons.find((button) => hasButton(snapshot, [button], { dialogs: true }));
  return text === undefined ? null : { text };
}

/** Whether a dialog asks for consent, such as to being recorded. */
function asksConsent(dialog: SeenDialog, { texts }: PlatformData): boolean {
  const text = plain(dialog.text);
  if (texts.consentNever.test(text) || !texts.consent.some((rule) => rule.test(text))) return false;
  return dialog.ok || dialog.captions.some((caption) => equalsAny(caption, texts.consentButtons));
}

/** Refusals that a page which offers to join can only mention, such as a way to register or to sign in. */
const MENTIONED: readonly RefusedState['kind'][] = [
  'sign_in',
  'registration',
  'web_disabled',
  'expired',
  'not_found',
  'meeting_over',
];

function refusal(
  snapshot: Snapshot,
  text: PageText,
  { texts }: PlatformData,
  { offersToJoin }: { offersToJoin: boolean },
): RefusedState | null {
  for (const { kind, pattern } of texts.refused) {
    if (offersToJoin && MENTIONED.includes(kind)) continue;
    const matched = text.first([pattern], { toasts: true });
    if (matched !== null) return { kind, matched };
  }
  const button = texts.refusedButtons.find((caption) => hasButton(snapshot, [caption], { dialogs: true }));
  return button ? { kind: 'denied', matched: button } : null;
}

/** The pre-join page has a link "Sign in" too, so this needs a heading, and no way to join. */
function isSignInPage(snapshot: Snapshot, text: PageText, { texts }: PlatformData, join: boolean): boolean {
  if (join || snapshot.nameInput?.certain) return false;
  const heading = snapshot.blocks.some(
    (block) => block.prominent && texts.signInHeading.test(plain(block.text)),
  );
  return (
    heading &&
    (text.first([texts.signInSupport]) !== null || snapshot.buttons.length === 0 || !snapshot.nameInput)
  );
}

function hasButton(snapshot: Snapshot, texts: readonly string[], { dialogs = false } = {}): boolean {
  return snapshot.buttons.some(
    (button) => (dialogs || !button.inDialog) && button.captions.some((caption) => equalsAny(caption, texts)),
  );
}

function equalsAny(caption: string, texts: readonly string[]): boolean {
  const found = plain(caption).toLowerCase();
  return texts.some((text) => plain(text).toLowerCase() === found);
}
