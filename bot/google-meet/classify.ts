// Classifies a snapshot of the page. Pure: no browser, no clock, no memory. The order of the checks matters.
// Signs against being in the call are checked before signs for it, since most controls of the call exist in
// the lobby and on the pre-join page too.
import { type PageText, readText } from './page-text.ts';
import type { SeenDialog, Snapshot } from './snapshot.ts';
import type { MeetState, RefusedState } from './state.ts';
import {
  ADMITTED_RULES,
  ALONE_RULES,
  CANCEL_BUTTONS,
  CONSENT_BUTTONS,
  CONSENT_NEVER,
  CONSENT_RULES,
  GATE_BUTTONS,
  JOIN_BUTTONS,
  JOIN_FALLBACK,
  JOIN_NEVER,
  LOBBY_RULES,
  OVER_RULES,
  plain,
  RECONNECTING_RULES,
  REFUSED_BUTTONS,
  REFUSED_RULES,
  SIGN_IN_HEADING,
  SIGN_IN_HOSTS,
  SIGN_IN_SUPPORT,
  SPLASH_RULES,
} from './texts.ts';

/** Returns the state that a snapshot shows. `ownName` is the name under which the bot joins. */
export function classify(snapshot: Snapshot, ownName = ''): MeetState {
  const text = readText(snapshot, ownName);
  const markers = callMarkers(snapshot);
  const lobby = text.first(LOBBY_RULES) ?? snapshot.lobbyMarkers[0] ?? null;
  const join = hasJoinButton(snapshot, markers.length > 0);
  const looksLikeCall = markers.length > 0 && lobby === null && !join;

  if (isSignInHost(snapshot.url)) return { kind: 'sign_in', matched: SIGN_IN_HOSTS[0] ?? '' };
  const refused = refusal(snapshot, text);
  const over = text.over(OVER_RULES);
  if (!looksLikeCall) {
    // "This meeting has ended" is in both lists. Its meaning depends on whether the bot was in the call.
    if (refused && refused.kind !== 'meeting_over') return refused;
    if (over) return { kind: over.kind, matched: over.matched };
    if (refused) return refused;
    if (snapshot.captcha) return { kind: 'captcha' };
    if (isSignInPage(snapshot, text, join)) return { kind: 'sign_in', matched: 'Sign in' };
    const gate = GATE_BUTTONS.find((button) => hasButton(snapshot, [button], { dialogs: true }));
    if (gate) return { kind: 'gate', button: gate };
  }
  const consent = snapshot.dialogs.find(asksConsent);
  if (consent) return { kind: 'consent', matched: plain(consent.text).slice(0, 200), inCall: looksLikeCall };
  if (lobby !== null) return { kind: 'lobby', matched: lobby };
  if (join || (snapshot.nameInput?.certain && markers.length === 0)) return { kind: 'prejoin' };

  const reconnecting = text.first(RECONNECTING_RULES, { toasts: true });
  if (reconnecting !== null) return { kind: 'reconnecting', matched: reconnecting };
  const cancel = hasButton(snapshot, CANCEL_BUTTONS);
  if (cancel) return { kind: 'lobby', matched: 'Cancel' };

  const alone = text.first(ALONE_RULES) !== null;
  const canLeave = hasButton(snapshot, ['Leave call']);
  if (markers.length > 0 || (canLeave && text.first(ADMITTED_RULES) !== null)) {
    const doubt = over?.prominent ? { kind: over.kind, matched: over.matched } : null;
    return { kind: 'in_call', alone, markers, doubt };
  }
  const empty = snapshot.blocks.length === 0 && snapshot.buttons.length === 0;
  return { kind: empty || text.first(SPLASH_RULES) !== null ? 'splash' : 'unknown' };
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
export function hasJoinButton(snapshot: Snapshot, besideCall: boolean): boolean {
  const texts = JOIN_BUTTONS.filter(({ sure }) => sure || !besideCall).map(({ text }) => text);
  if (hasButton(snapshot, texts)) return true;
  if (!snapshot.nameInput || besideCall) return false;
  return snapshot.buttons.some(({ captions, inDialog }) => {
    const caption = captions[0] ?? '';
    return !inDialog && JOIN_FALLBACK.test(caption) && !JOIN_NEVER.test(caption);
  });
}

/** Whether a dialog asks for consent, such as to being recorded. */
function asksConsent(dialog: SeenDialog): boolean {
  const text = plain(dialog.text);
  if (CONSENT_NEVER.test(text) || !CONSENT_RULES.some((rule) => rule.test(text))) return false;
  return dialog.ok || dialog.captions.some((caption) => equalsAny(caption, CONSENT_BUTTONS));
}

function refusal(snapshot: Snapshot, text: PageText): RefusedState | null {
  for (const { kind, pattern } of REFUSED_RULES) {
    const matched = text.first([pattern], { toasts: true });
    if (matched !== null) return { kind, matched };
  }
  const button = REFUSED_BUTTONS.find((caption) => hasButton(snapshot, [caption], { dialogs: true }));
  return button ? { kind: 'denied', matched: button } : null;
}

function isSignInHost(url: string): boolean {
  return URL.canParse(url) && SIGN_IN_HOSTS.includes(new URL(url).hostname);
}

/** The pre-join page has a link "Sign in" too, so this needs a heading, and no way to join. */
function isSignInPage(snapshot: Snapshot, text: PageText, join: boolean): boolean {
  if (join || snapshot.nameInput?.certain) return false;
  const heading = snapshot.blocks.some((block) => block.prominent && SIGN_IN_HEADING.test(plain(block.text)));
  return (
    heading &&
    (text.first([SIGN_IN_SUPPORT]) !== null || snapshot.buttons.length === 0 || !snapshot.nameInput)
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
