// What the platform's captions make of the people's speech. As on the platforms a caption grows word by word,
// and its last version differs from those before: it gets its punctuation, and a wrong word is corrected.
import type { Person } from './people.ts';
import { type Caption, stamp } from './presence.ts';
import { Timers } from './timers.ts';

const WORD_MS = 250;
const MOST_CAPTIONS = 5_000;
/** What people say. One sentence is there twice: said again is not the same as shown again. */
const SENTENCES = [
  'Good morning, let us begin with the numbers of last week.',
  'Yes, that works for me.',
  'The migration is done, and nobody has noticed it.',
  'Can we move the review to Thursday afternoon?',
  'Yes, that works for me.',
  'I will send the notes to everybody after the call.',
  'There is one open question about the budget for March.',
];

interface Speech {
  person: Person;
  caption: Caption;
  words: string[];
  said: number;
}

/** The captions of one meeting. Somebody who speaks longer than one sentence gets another caption. */
export class Captions {
  readonly log: Caption[] = [];
  readonly #speeches = new Map<string, Speech>();
  readonly #timers = new Timers();
  readonly #changed: (caption: Caption) => void;
  #next = 0;
  #opened = 0;
  #running = false;

  constructor(changed: (caption: Caption) => void) {
    this.#changed = changed;
  }

  /** Says who speaks now. Whoever no longer does gets the last version of the caption. */
  update(speakers: Person[]): void {
    const now = new Set(speakers.map((person) => person.id));
    for (const [id, speech] of this.#speeches) if (!now.has(id)) this.#finish(speech);
    for (const person of speakers) if (!this.#speeches.has(person.id)) this.#open(person);
    if (this.#speeches.size > 0 && !this.#running) this.#tick();
  }

  stop(): void {
    this.update([]);
    this.#timers.clear();
    this.#running = false;
  }

  #open(person: Person): void {
    const { id, name } = person;
    if (this.log.length >= MOST_CAPTIONS) return;
    const words = (SENTENCES[this.#next++ % SENTENCES.length] ?? '').split(' ');
    const caption: Caption = {
      ...{ id: `caption-${++this.#opened}`, person_id: id, name },
      ...{ started_at: stamp(), ended_at: null, text: '' },
    };
    this.log.push(caption);
    this.#speeches.set(id, { person, caption, words, said: 0 });
  }

  #tick(): void {
    this.#running = this.#speeches.size > 0;
    if (!this.#running) return;
    for (const speech of [...this.#speeches.values()]) this.#say(speech);
    this.#timers.after(WORD_MS, () => this.#tick());
  }

  #say(speech: Speech): void {
    const { caption, words } = speech;
    if (speech.said === words.length) {
      this.#finish(speech);
      this.#open(speech.person);
      return;
    }
    speech.said += 1;
    caption.text = heard(words.slice(0, speech.said));
    this.#changed(caption);
  }

  #finish({ caption, words, said }: Speech): void {
    this.#speeches.delete(caption.person_id);
    if (said === 0) {
      this.log.splice(this.log.indexOf(caption), 1);
      return;
    }
    caption.ended_at = stamp();
    caption.text = words.slice(0, said).join(' ');
    this.#changed(caption);
  }
}

/** Words as they are shown before they are final: in lower case, without punctuation, the last one cut. */
function heard(words: string[]): string {
  const plain = words.map((word) => word.toLowerCase().replace(/[.,?]/g, ''));
  const last = plain.pop() ?? '';
  return [...plain, last.slice(0, Math.max(1, last.length - 2))].join(' ');
}
