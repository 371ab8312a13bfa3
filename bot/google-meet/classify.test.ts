import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify as classifyOf } from '../page/classify.ts';
import type { Snapshot } from '../page/snapshot.ts';
import type { PageState } from '../page/state.ts';
import { block, button, snapshotOf } from '../page/testing/fixtures.ts';
import { GOOGLE_MEET } from './data.ts';

const LINK = 'https://meet.google.com/abc-defg-hij';
const classify = (snapshot: Snapshot, ownName = '') =>
  classifyOf(snapshot, { data: GOOGLE_MEET, link: LINK, ownName });
const MARKER = 'button[aria-label="Chat with everyone" i]';
const kindOf = (changes: Partial<Snapshot>, ownName?: string) => classify(snapshotOf(changes), ownName).kind;

/** Every observed text, as the platform spells it, alone on a page. */
const TEXTS: [PageState['kind'], ...string[]][] = [
  [
    'lobby',
    'Asking to be let in',
    'Asking to be let in...',
    'Asking to be let in…',
    'Asking to join',
    'Your request to join',
    "You'll join the call when someone lets you in",
    'You’ll join the call when someone lets you in',
    'Please wait until a meeting host brings you into the call',
    'Please wait until a meeting host admits you to the call',
    'Waiting for the host to let you in',
    'Waiting for the host to join',
    "You're in the waiting room",
    'Instead of waiting to be let in, you can come back later',
    'Bitte warten Sie, bis Sie vom Organisator zum Anruf hinzugefügt werden',
  ],
  [
    'denied',
    'Someone in the call denied your request to join',
    'Your request to join was denied',
    'You were denied',
    "You weren't allowed to join",
    'You weren’t allowed to join this meeting',
    'You are not allowed to join this call',
    'You were not admitted',
    "You can't join this call",
  ],
  [
    'no_response',
    'No one responded to your request to join the call',
    'Niemand hat auf Ihre Teilnahmeanfrage geantwortet',
  ],
  [
    'blocked',
    "You can't join this video call",
    'You can’t join this meeting',
    'There is a problem connecting to this video call',
    'Your sign-in credentials might have changed',
  ],
  [
    'not_found',
    'Check your meeting code',
    'Invalid video call name',
    'Your meeting code has expired',
    'The meeting code you entered doesn’t work',
    'Meeting not found',
  ],
  ['join_error', 'We encountered a problem joining your meeting', 'Unable to join', 'Access denied'],
  ['removed', "You've been removed from the meeting", 'You’ve been removed from the meeting.'],
  [
    'ended',
    'Your host ended the meeting for everyone',
    'The call ended',
    'Call ended',
    'Meeting ended',
    'This meeting has ended',
  ],
  ['left', 'You left the meeting'],
  [
    'reconnecting',
    'You lost your network connection',
    'You lost your network connection. Trying to reconnect.',
    'Reconnecting',
    'Reconnecting…',
    'Tentando reconectar',
    'Intentando reconectar',
  ],
  ['splash', 'Getting ready…'],
  [
    'unknown',
    'Return to home screen',
    'You removed the pin',
    'Ada left the meeting',
    'Your meeting ended early',
  ],
];

describe('texts', () => {
  const cases = TEXTS.flatMap(([kind, ...texts]) => texts.map((text) => [text, kind] as const));
  it.each(cases)('%s: %s', (text, kind) => {
    expect(kindOf({ blocks: [block(text)] })).toBe(kind);
    expect(kindOf({ blocks: [block(text.toUpperCase())] })).toBe(kind);
  });

  it('reads a sentence that is spread over several blocks', () => {
    expect(
      kindOf({ blocks: [block('Please wait until a meeting host'), block('brings you into the call')] }),
    ).toBe('lobby');
  });

  it('tells the whole block as what matched', () => {
    const state = classify(
      snapshotOf({ blocks: [block('Someone in the call denied your request to join')] }),
    );
    expect(state).toEqual({ kind: 'denied', matched: 'Someone in the call denied your request to join' });
  });
});

describe('what speaks against the call comes first', () => {
  const call = { callMarkers: [MARKER], tiles: 2 };
  it.each<[string, Partial<Snapshot>, PageState['kind']]>([
    ['nothing else', {}, 'in_call'],
    ['a lobby text', { blocks: [block('Asking to be let in…')] }, 'lobby'],
    ['a lobby label', { lobbyMarkers: ['[aria-label*="waiting room" i]'] }, 'lobby'],
    ['a join button', { buttons: [button('Ask to join')] }, 'prejoin'],
    ['a join button in a consent dialog', { buttons: [button('Join now', true)] }, 'in_call'],
    ['a button to cancel', { buttons: [button('Cancel')] }, 'lobby'],
    ['a dialog with a button to cancel', { buttons: [button('Cancel', true)] }, 'in_call'],
    ['a vague join button', { buttons: [button('Join')] }, 'in_call'],
    [
      'a text of reconnecting where people were',
      { blocks: [block('Trying to reconnect')], tiles: 0 },
      'reconnecting',
    ],
    ['a person’s text of reconnecting', { blocks: [block('Trying to reconnect')], tiles: 2 }, 'in_call'],
    ['a notice of reconnecting', { blocks: [block('Reconnecting…', { toast: true })] }, 'reconnecting'],
  ])('signs of the call with %s', (_, changes, kind) => {
    expect(kindOf({ ...call, ...changes })).toBe(kind);
  });

  it('does not take a button to leave for being in the call', () => {
    expect(kindOf({ buttons: [button('Leave call')] })).toBe('unknown');
    expect(kindOf({ buttons: [button('Leave call')], blocks: [block("You're the only one here")] })).toBe(
      'in_call',
    );
    expect(kindOf({ blocks: [block("You're the only one here")] })).toBe('unknown');
  });

  it('takes "Return to home screen" in the lobby for nothing', () => {
    const buttons = [button('Return to home screen'), button('Leave call')];
    expect(kindOf({ buttons, blocks: [block('Asking to join')] })).toBe('lobby');
    expect(kindOf({ buttons })).toBe('unknown');
  });

  it('puts a refusal before a captcha, and a captcha before the pre-join page', () => {
    const buttons = [button('Ask to join')];
    expect(kindOf({ captcha: true, buttons })).toBe('captcha');
    expect(kindOf({ captcha: true, buttons, blocks: [block('You were denied')] })).toBe('denied');
  });

  it('knows a refusal by its button', () => {
    expect(kindOf({ buttons: [button('Ask to join again')] })).toBe('denied');
  });
});

describe('the pages before the call', () => {
  it.each(['Ask to join', 'Join now', 'Join anyway', 'Ask to join anyway', 'Join here too', 'Switch here'])(
    'is ready to join with "%s", signed in or not',
    (text) => {
      expect(kindOf({ buttons: [button(text)] })).toBe('prejoin');
      expect(
        kindOf({ buttons: [button(text)], nameInput: { certain: true, enabled: true, filled: false } }),
      ).toBe('prejoin');
    },
  );
  it.each(['Teilnahme erbitten', 'Participar agora', "Sol·licita unir-t'hi"])('knows "%s" too', (text) => {
    expect(kindOf({ buttons: [button(text)] })).toBe('prejoin');
  });
  it('never takes "Other ways to join" for the way to join', () => {
    expect(kindOf({ buttons: [button('Other ways to join')] })).toBe('unknown');
  });
  it('asks for an account on the sign-in host and page, not for a link to sign in', () => {
    const heading = block('Sign in', { prominent: true });
    expect(kindOf({ url: 'https://accounts.google.com/v3/signin?x=1' })).toBe('sign_in');
    expect(kindOf({ blocks: [heading, block('Use your Google Account')] })).toBe('sign_in');
    expect(kindOf({ blocks: [heading], buttons: [button('Ask to join')] })).toBe('prejoin');
    expect(kindOf({ buttons: [button('Sign in'), button('Ask to join')] })).toBe('prejoin');
  });
  it('passes gates', () => {
    const state = classify(
      snapshotOf({
        buttons: [button('Continue without microphone and camera', true), button('Ask to join')],
      }),
    );
    expect(state).toEqual({ kind: 'gate', gate: { text: 'Continue without microphone and camera' } });
    expect(kindOf({ buttons: [button('Use without an account')] })).toBe('gate');
  });
  it('agrees to a recording, and never to taking notes', () => {
    const ask = (text: string) =>
      kindOf({ dialogs: [{ text, captions: ['Cancel', 'Join now'], ok: true }], callMarkers: [MARKER] });
    expect(ask('This video call is being recorded')).toBe('consent');
    expect(ask('Gemini is taking notes')).toBe('consent');
    expect(ask('Take notes for me? Gemini is taking notes')).toBe('in_call');
    expect(ask('Others may see your video differently')).toBe('in_call');
  });
});

describe('an end beside a call that looks alive', () => {
  const call = { callMarkers: [MARKER], tiles: 2 };
  const text = "You've been removed from the meeting";
  it.each<[string, Partial<Snapshot>]>([
    ['in a notice', { blocks: [block(text, { toast: true })] }],
    ['within a longer text', { blocks: [block(`Ada wrote: ${text} yesterday`)] }],
    ['somewhere', { blocks: [block(text)] }],
    ['as a name in a heading', { blocks: [block(text, { prominent: true })], names: [text] }],
  ])('is none %s', (_, changes) => {
    expect(classify(snapshotOf({ ...call, ...changes }))).toMatchObject({ kind: 'in_call', doubt: null });
  });
  it('is a doubt as a heading', () => {
    const state = classify(snapshotOf({ ...call, blocks: [block(text, { prominent: true })] }));
    expect(state).toMatchObject({ kind: 'in_call', doubt: { kind: 'removed' } });
  });
});

const EVIL = TEXTS.flatMap(([kind, ...texts]) =>
  ['splash', 'unknown', 'reconnecting'].includes(kind) ? [] : texts,
);

describe('properties', () => {
  const anyText = fc.oneof(fc.string(), fc.constantFrom(...EVIL));
  const anySnapshot: fc.Arbitrary<Snapshot> = fc.record({
    url: fc.oneof(fc.webUrl(), fc.string()),
    blocks: fc.array(fc.record({ text: anyText, toast: fc.boolean(), prominent: fc.boolean() }), {
      maxLength: 6,
    }),
    buttons: fc.array(
      fc.record({ captions: fc.array(anyText), enabled: fc.boolean(), inDialog: fc.boolean() }),
      { maxLength: 4 },
    ),
    dialogs: fc.array(fc.record({ text: anyText, captions: fc.array(anyText), ok: fc.boolean() }), {
      maxLength: 2,
    }),
    callMarkers: fc.subarray([MARKER]),
    lobbyMarkers: fc.constant<string[]>([]),
    overMarkers: fc.constant<string[]>([]),
    gates: fc.constant<string[]>([]),
    joinButton: fc.constant(null),
    asksPasscode: fc.boolean(),
    tiles: fc.nat(3),
    nameInput: fc.option(fc.record({ certain: fc.boolean(), enabled: fc.boolean(), filled: fc.boolean() })),
    captcha: fc.boolean(),
    names: fc.array(anyText, { maxLength: 4 }),
  });

  it('has an answer for every page, and the same one twice', () => {
    fc.assert(
      fc.property(anySnapshot, anyText, (snapshot, name) => {
        expect(classify(snapshot, name)).toEqual(classify(structuredClone(snapshot), name));
      }),
    );
  });

  it('does not depend on the kind of apostrophe', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const curly: Snapshot = JSON.parse(JSON.stringify(snapshot).replaceAll("'", '’'));
        expect(classify(curly).kind).toBe(classify(snapshot).kind);
      }),
    );
  });

  it('never lets a name end the call, wherever the page shows it', () => {
    const place = fc.record({ toast: fc.boolean(), prominent: fc.boolean() });
    fc.assert(
      fc.property(fc.constantFrom(...EVIL), place, fc.boolean(), (name, where, isOwn) => {
        const snapshot = snapshotOf({
          callMarkers: [MARKER],
          blocks: [block(name, where), block(`${name} joined`, where)],
          names: isOwn ? [] : [name],
        });
        expect(classify(snapshot, isOwn ? name : 'Notes')).toMatchObject({ kind: 'in_call', doubt: null });
      }),
    );
  });

  it('is never in the call while a text of the lobby is there', () => {
    const lobby = TEXTS.find(([kind]) => kind === 'lobby')?.slice(1) ?? [];
    fc.assert(
      fc.property(anySnapshot, fc.constantFrom(...lobby), (snapshot, text) => {
        const withLobby = { ...snapshot, names: [], blocks: [...snapshot.blocks, block(text)] };
        expect(classify(withLobby).kind).not.toBe('in_call');
      }),
    );
  });
});
