import { expect, it } from 'vitest';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { ownWords } from './own-words.ts';

it.each([
  ['Ask to join', 'Ask to join'],
  ['Turn off microphone (ctrl + d)', 'Turn off microphone …'],
  ['Someone in the call denied your request to join', '… denied your request to join'],
  ['Please wait until Ada Park brings you into the call', 'Please wait until … brings you into the call'],
  ['You’ve been removed from the meeting by Ada Park', "You've been removed from the meeting by …"],
  ['Ada Park is asking to join', '… join'],
  ['Ada Park, Ben and 3 more are in this call', '…'],
  ['Will be recorded by Will', 'Will be recorded …'],
  ['Our plan for 2027: sell! 🎉', '…'],
  ['🎉', '…'],
  [' ', ''],
])('of "%s" keeps "%s"', (text, kept) => {
  expect(ownWords(text, GOOGLE_MEET)).toBe(kept);
});
