// How the parts of the call are marked, which is what differs between the layouts: ids and data-tids.
import { boot } from '../../client/boot.js';

const MARKS = {
  /** The full client. */
  v2: {
    screen: {},
    toolbar: {},
    chat: { id: 'chat-button' },
    roster: { id: 'roster-button' },
    raise: { id: 'raisehands-button' },
    view: { id: 'view-mode-button' },
    more: { id: 'callingButtons-showMoreBtn' },
    share: { id: 'share-button' },
    hangup: { id: 'hangup-button' },
    stage: { 'data-tid': 'stage-layout', 'data-test-segment-type': 'central' },
    people: { 'data-tid': 'roster' },
    messages: { 'data-tid': 'chat-pane-list' },
    captions: { 'data-tid': 'closed-caption-v2-virtual-list-content' },
  },
  /** The light client of anonymous guests: other marks, and some ids are absent. */
  light: {
    screen: { 'data-tid': 'callingScreen' },
    toolbar: { 'data-tid': 'calling-toolbar' },
    chat: { 'data-tid': 'chat-button' },
    roster: { 'data-inp': 'roster-button' },
    raise: {},
    view: { id: 'custom-view-button' },
    more: {},
    share: {},
    hangup: { 'data-tid': 'hangup-button', 'data-inp': 'hangup-button' },
    stage: { 'data-tid': 'modern-stage-wrapper' },
    people: { 'data-tid': 'call-roster' },
    messages: { 'data-tid': 'message-pane-list-runway' },
    captions: { 'data-tid': 'closed-captions-renderer' },
  },
  /** An older layout. */
  classic: {
    screen: {},
    toolbar: {},
    chat: { 'data-tid': 'toggle-chat' },
    roster: { 'data-tid': 'roster-button' },
    raise: { id: 'raisehands-button' },
    view: {},
    more: { id: 'callingButtons-showMoreBtn' },
    share: { id: 'screenshare-button' },
    hangup: { 'data-tid': 'hangup-main-btn' },
    stage: {},
    people: { 'data-tid': 'people-pane' },
    messages: { 'data-tid': 'chat-pane-list' },
    captions: { 'data-tid': 'closed-captions-renderer' },
  },
};

/** The marks of this page's layout. */
export const marks = MARKS[boot.layout];
