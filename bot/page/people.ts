// Decides who is in the call from what the page shows. Pure.
//
// A page shows people in up to three places: a list, tiles and a count. Each can be missing, late or incomplete, so
// each speaks for itself:
//
//   the list     who is there, unless the count says that there are more
//   the tiles    who is there when there is no list; that somebody is there when the list shows nobody
//   the count    how many there are; 1 is the bot itself
import { isNameShown } from '../cut-name.ts';
import type { Participant } from '../meeting.ts';
import type { PeopleData } from './data.ts';
import type { SeenPerson, SeenRoom } from './seen-room.ts';
import { plain } from './texts.ts';

/** How sure a sign is by which the bot recognises itself. */
const BY_PAGE = 3;
const BY_MARK = 2;
const BY_NAME = 1;

/** What is known of the bot itself. A surer sign replaces an earlier guess. */
export interface Self {
  /** The name that it joined with, as the page has taken it. */
  name: string;
  id: string | null;
  /** How sure the id is. 0: not known. */
  sureness: number;
  /** All ids under which the last reading showed the bot: a list and tiles can have ids of their own. */
  ids: ReadonlySet<string>;
  /** Ids of people with the bot's name who were seen beside the bot itself. */
  namesakes: Set<string>;
}

/** Creates what is known of a bot that nobody has recognised yet. `name`: as the page has taken it. */
export function unknownSelf(name: string): Self {
  return { name, id: null, sureness: 0, ids: new Set(), namesakes: new Set() };
}

/** What one reading shows of the others. */
export interface SeenOthers {
  others: Participant[];
  /** How many others are there but not shown. */
  hidden: number;
}

/**
 * The others in the call, or null when the page does not show it. Updates what is known of the bot itself.
 * `saysAlone`: the page says in words that nobody else is there.
 */
export function othersIn(room: SeenRoom, self: Self, data: PeopleData, saysAlone = false): SeenOthers | null {
  const rows = unique(room.rows ?? [], data, 'one_place_each');
  // One person can be on several tiles: the large one, and one in a bar.
  const tiles = unique(room.tiles, data, 'many_places');
  const inRows = recognise(rows, self, data, !room.whole);
  if (inRows && inRows.sureness > BY_NAME) noteNamesakes(rows, inRows.id, self);
  const foundSelf = [inRows, recognise(tiles, self, data, false)].filter((found) => found !== null);
  for (const { id, sureness } of foundSelf) {
    const isStale = !isThere(self.id, rows, tiles) || isByName(self.id);
    if (sureness > self.sureness || (sureness === self.sureness && isStale)) {
      self.id = id;
      self.sureness = sureness;
    }
  }
  const mine = new Set(foundSelf.map(({ id }) => id));
  if (self.id !== null) mine.add(self.id);
  // Nobody else is there, so whoever is shown is the bot, whatever the page calls it.
  const isAlone = room.count === 1 || (room.count === null && saysAlone);
  if (isAlone && foundSelf.length === 0) {
    for (const { id } of [rows, tiles].flatMap((place) => (place.length === 1 ? place : []))) mine.add(id);
  }
  self.ids = mine;
  const people = (listed: Known[]) =>
    listed
      .filter((person) => !mine.has(person.id) && !isSharedScreen(person, data))
      .map(
        (person): Participant => ({
          externalId: person.id,
          name: person.shownName || 'Unknown',
          isHost: person.marks.some((mark) => isMark(mark, data.hostText)),
        }),
      );
  const inList = people(rows);
  const inTiles = people(tiles);
  const others = inList.length > 0 ? inList : inTiles;
  const count = room.count === null ? null : Math.max(0, room.count - 1);
  if (others.length > 0) return { others, hidden: Math.max(0, (count ?? 0) - others.length) };
  // An empty list makes the bot leave, so it is returned only when nothing speaks against it.
  if (count !== null) return count === 0 ? { others, hidden: 0 } : null;
  const showsSelf = foundSelf.length > 0 && rows.length + tiles.length > 0;
  return showsSelf || saysAlone ? { others, hidden: 0 } : null;
}

interface Known extends SeenPerson {
  shownName: string;
}

/** Which of these people the bot is; null when none is known to be. `isPart`: there are more people than these. */
function recognise(
  people: Known[],
  self: Self,
  data: PeopleData,
  isPart: boolean,
): { id: string; sureness: number } | null {
  const isNamed = (person: Known) => isSameName(person.shownName, self.name);
  const byPage = people.filter(({ isSelf }) => isSelf);
  const byMark = people.filter(({ marks }) => marks.some((mark) => isMark(mark, data.selfText)));
  const best = (found: Known[]) => found.find(isNamed) ?? found[0];
  const page = best(byPage);
  if (page) return { id: page.id, sureness: BY_PAGE };
  const mark = best(byMark);
  if (mark) return { id: mark.id, sureness: BY_MARK };
  // A namesake may be another person: somebody who was known before by a surer sign stays who it is.
  if (self.id !== null && self.sureness > BY_NAME) {
    if (people.some(({ id }) => id === self.id)) return { id: self.id, sureness: self.sureness };
    if (isPart) return null;
  }
  const named = people.filter((person) => isNamed(person) && !self.namesakes.has(person.id));
  const kept = named.find(({ id }) => id === self.id) ?? named[0];
  return kept ? { id: kept.id, sureness: BY_NAME } : null;
}

/** Remembers the others who have the bot's name. Ids that are made of the name pass from one to the other. */
function noteNamesakes(people: Known[], ownId: string, self: Self): void {
  for (const { id, shownName } of people) {
    const isOther = id !== ownId && id !== self.id && !isByName(id);
    if (isOther && isSameName(shownName, self.name)) self.namesakes.add(id);
  }
}

/** Whether an id is made of a name, since the page gives none. */
function isByName(id: string | null): boolean {
  return id?.startsWith('name:') ?? false;
}

function isThere(id: string | null, ...places: Known[][]): boolean {
  return places.some((people) => people.some((person) => person.id === id));
}

/** Whether a name that the page shows is the bot's. */
function isSameName(shown: string, own: string): boolean {
  return isNameShown(plain(shown).toLowerCase(), plain(own).toLowerCase());
}

/** Whether a text beside the name is such a mark: the whole of it, or one of several in brackets, "(Host, me)". */
function isMark(text: string, mark: RegExp): boolean {
  const inner = text.replace(/^\(\s*|\s*\)$/g, '');
  return [text, ...inner.split(/\s*[,|·]\s*/)].some((part) => mark.test(part));
}

/** A name for comparison: a list and tiles may write it differently. */
export function comparableName(name: string, data: PeopleData): string {
  return plain(nameOf({ id: '', name, marks: [], isSelf: false }, data)).toLowerCase();
}

/** A shared screen has an id and a row like a person. */
function isSharedScreen({ marks }: SeenPerson, data: PeopleData): boolean {
  return marks.some((mark) => data.sharedScreenText.test(mark));
}

/** The name without what the page has added; '' when the page shows an internal id. */
function nameOf({ name }: SeenPerson, data: PeopleData): string {
  const suffix = data.nameSuffixes.find((it) => name.toLowerCase().endsWith(it.toLowerCase()));
  const own = suffix && name.length > suffix.length ? name.slice(0, -suffix.length).trim() : name;
  return data.junkName.test(own) ? '' : own.slice(0, 500);
}

/** One entry per id. A row without an id is identified by its name and its place among those of one name, a tile by its name. */
function unique(people: SeenPerson[], data: PeopleData, places: 'one_place_each' | 'many_places'): Known[] {
  const byId = new Map<string, Known>();
  const namesakes = new Map<string, number>();
  for (const person of people) {
    const shownName = nameOf(person, data);
    let id = person.id;
    if (id === '') {
      if (shownName === '') continue;
      const order = (namesakes.get(shownName) ?? 0) + 1;
      namesakes.set(shownName, order);
      id = order === 1 || places === 'many_places' ? `name:${shownName}` : `name:${shownName}#${order}`;
    }
    const known = byId.get(id);
    if (known) {
      known.isSelf ||= person.isSelf;
      known.marks.push(...person.marks);
      known.shownName ||= shownName;
    } else byId.set(id, { ...person, marks: [...person.marks], shownName, id: id.slice(0, 200) });
  }
  return [...byId.values()];
}
