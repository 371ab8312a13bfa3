// Parts of the platform's pages, and snapshots made without a page.
import type { Snapshot, TextBlock } from '../snapshot.ts';

/** A snapshot of an empty page, with changes. */
export function snapshotOf(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    overMarkers: [],
    gates: [],
    joinButton: null,
    asksPasscode: false,
    url: 'https://meet.google.com/abc-defg-hij?hl=en',
    blocks: [],
    buttons: [],
    dialogs: [],
    callMarkers: [],
    lobbyMarkers: [],
    tiles: 0,
    nameInput: null,
    captcha: false,
    names: [],
    ...changes,
  };
}

/** A block of the platform's text. */
export function block(text: string, changes: Partial<TextBlock> = {}): TextBlock {
  return { text, toast: false, prominent: false, ...changes };
}

/** A button with one caption. */
export function button(caption: string, inDialog = false): Snapshot['buttons'][number] {
  return { captions: [caption], enabled: true, inDialog };
}

const icon = (label: string, name: string) =>
  `<button aria-label="${label}"><i class="google-symbols notranslate" aria-hidden="true">${name}</i></button>`;

/** A guest's pre-join page. */
export const PREJOIN = `
  <header><a href="#">Sign in</a></header>
  <div role="button" tabindex="0" aria-label="Turn off microphone (ctrl + d)"><i>mic</i></div>
  <div role="button" tabindex="0" aria-label="Turn off camera (ctrl + e)"><i>videocam</i></div>
  ${icon('Leave call', 'call_end')}
  <h1>What’s your name?</h1>
  <input jsname="x" type="text" aria-label="Your name" maxlength="60">
  <button><span>Ask to join</span></button>
  <button><span>Other ways to join</span></button>
  <button aria-label="Visual effects"><i>auto_awesome</i></button>
  <p>No one else is here</p>
  <iframe title="reCAPTCHA" src="about:blank#recaptcha?size=invisible" width="256" height="60"></iframe>`;

/** The call's toolbar, with the buttons that exist only in the call. */
export const TOOLBAR = `
  <div role="region" aria-label="Call controls">
    ${icon('Turn on microphone', 'mic_off')} ${icon('Turn on camera', 'videocam_off')}
    ${icon('Turn on captions', 'closed_caption')} ${icon('Leave call', 'call_end')}
    <nav>${icon('Meeting details', 'info')}${icon('People', 'people')}${icon('Chat with everyone', 'chat')}</nav>
  </div>`;

/** A tile of the call. */
export const tile = (id: string, name: string, isSelf = false, level = 0) => `
  <div data-participant-id="${id}" data-audio-level="${level}" style="width:200px;height:100px">
    <span class="notranslate"${isSelf ? ` data-self-name="${name}"` : ''}>${isSelf ? 'You' : name}</span>
    ${isSelf ? icon('Backgrounds and effects', 'auto_awesome') : ''}
  </div>`;

/** The side panel with the list of people; rows are `[id, name, extra]`. */
export const peoplePanel = (rows: [id: string, name: string, extra?: string][]) => `
  <aside aria-label="Side panel"><h2>People</h2><div>Contributors</div>
    <div role="list" aria-label="Participants">${rows
      .map(
        ([id, name, extra = '']) =>
          `<div role="listitem" aria-label="${name}" data-participant-id="${id}"><span>${name}</span><span>${extra}</span></div>`,
      )
      .join('')}</div>
  </aside>`;

/** A call with the bot and one other. */
export const CALL = `<main>${tile('self', 'Notes', true)}${tile('ada', 'Ada Park')}</main>${TOOLBAR}`;
