// Finds out who is in the call. Reading happens in the page, the decisions here, so that they can be tested
// without a page.
import type { Page } from 'playwright';
import type { Participant } from '../meeting.ts';
import { inPage } from './in-page.ts';
import {
  COUNT_ATTRIBUTE,
  COUNT_LABELS,
  EFFECTS_LABEL,
  MERGED_ROWS,
  PEOPLE_LISTS,
  PEOPLE_ROW,
  SELF_NAME,
  TILE,
} from './selectors.ts';
import { JUNK_NAME, plain } from './texts.ts';

/** One row of the participants list, or one tile. */
export interface SeenPerson {
  id: string;
  /** The element's label, which is the name, where the page has one. */
  label: string;
  /** Its separate texts, such as the name, "(You)" or "Meeting host". */
  texts: string[];
  isSelf: boolean;
}

/** What the page shows of the people in the call. */
export interface SeenRoom {
  /** Null when no list is visible. */
  rows: SeenPerson[] | null;
  tiles: SeenPerson[];
  /** How many are in the call, including the bot. Null when the page does not show it. */
  count: number | null;
}

/** Reads the list of people, the tiles and the count. */
export function readRoom(page: Page): Promise<SeenRoom> {
  return inPage(
    page,
    (lib, arg) => {
      const leaves = (element: Element) =>
        [...element.querySelectorAll('*'), element]
          .filter((it) =>
            [...it.childNodes].some((child) => child.nodeType === 3 && lib.clean(child.nodeValue ?? '')),
          )
          .filter(
            (it) => !it.closest(lib.zones.junk) && !it.closest('button, [role="button"], [role="tooltip"]'),
          )
          // The letter in an avatar is not a name. It is hidden from screen readers.
          .filter((it) => !it.closest('[aria-hidden="true"]'))
          .sort((a, b) => Number(b.matches(lib.zones.nameMarks)) - Number(a.matches(lib.zones.nameMarks)))
          .map((it) =>
            lib.clean(
              [...it.childNodes].map((child) => (child.nodeType === 3 ? child.nodeValue : '')).join(' '),
            ),
          );
      const person = (element: Element) => {
        const own = element.querySelector(arg.selfName) ?? element.closest(arg.selfName);
        const inner = element.querySelector('[data-participant-id]');
        return {
          id: element.getAttribute('data-participant-id') || inner?.getAttribute('data-participant-id') || '',
          label: lib.clean(element.ariaLabel ?? own?.getAttribute('data-self-name') ?? ''),
          texts: leaves(element).slice(0, 12),
          isSelf: own !== null,
        };
      };
      const listCss = arg.lists.find((css) =>
        [...document.querySelectorAll(css)].some((list) => lib.shown(list) && list.querySelector(arg.row)),
      );
      const rows = listCss
        ? [...document.querySelectorAll(listCss)]
            .flatMap((list) => [...list.querySelectorAll(arg.row)])
            .filter((row) => !row.matches(arg.merged) || row.hasAttribute('data-participant-id'))
            .map(person)
        : null;
      const badge = document.querySelector(`[${arg.countAttribute}]`)?.getAttribute(arg.countAttribute);
      const labels = arg.countLabels.flatMap((css) =>
        [...document.querySelectorAll(css)].map((it) => it.ariaLabel),
      );
      const told = badge ?? labels.map((label) => /(\d+)/.exec(label ?? '')?.[1]).find(Boolean);
      return { rows, tiles: lib.tiles().map(person), count: told ? Number(told) : null };
    },
    {
      lists: PEOPLE_LISTS,
      row: PEOPLE_ROW,
      merged: MERGED_ROWS.join(','),
      selfName: SELF_NAME,
      tile: TILE,
      effects: EFFECTS_LABEL,
      countAttribute: COUNT_ATTRIBUTE,
      countLabels: COUNT_LABELS,
    },
  );
}

/** What is known of the bot itself. Its id is learnt once and kept. */
export interface Self {
  name: string;
  id: string | null;
}

const HOST = /^(?:meeting host|organi[sz]er|organisator)$/i;
const SELF_MARK = /^\(?\s*(?:you|sie|você|du)\s*\)?$/i;
const SHARED_SCREEN = /^(?:presentation|your presentation|presenting)$/i;

/** The others in the call, or null when the page does not show it. Updates what is known of the bot itself. */
export function othersIn(room: SeenRoom, self: Self): Participant[] | null {
  const rows = unique(room.rows ?? []);
  const tiles = unique(room.tiles);
  self.id ??= findSelf(rows, self.name)?.id ?? findSelf(tiles, self.name)?.id ?? null;
  const listed = rows.length > 0 ? rows : tiles;
  const others = listed
    .filter((person) => person.id !== self.id && !isSharedScreen(person))
    .map(
      (person): Participant => ({
        externalId: person.id,
        name: nameOf(person),
        isHost: person.texts.some((text) => HOST.test(text) && text !== person.label),
      }),
    );
  if (others.length > 0) return others;
  // An empty list makes the bot leave, so it is returned only when the page's count agrees.
  if (room.count !== null) return room.count <= 1 ? [] : null;
  return listed.length > 0 && self.id !== null ? [] : null;
}

function findSelf(people: SeenPerson[], name: string): SeenPerson | null {
  const marked = people.filter(
    ({ isSelf, texts, label }) => isSelf || texts.some((text) => isSelfMark(text, label)),
  );
  const named = (person: SeenPerson) => plain(nameOf(person)) === plain(name);
  return marked.find(({ isSelf }) => isSelf) ?? marked.find(named) ?? marked[0] ?? people.find(named) ?? null;
}

function isSelfMark(text: string, label: string): boolean {
  return SELF_MARK.test(text) && text !== label;
}

/** A shared screen has an id and a row like a person. */
function isSharedScreen({ texts, label }: SeenPerson): boolean {
  return texts.some((text) => SHARED_SCREEN.test(text) && text !== label) && texts.length > 1;
}

function nameOf({ label, texts }: SeenPerson): string {
  const candidates = [label, ...texts].map((text) => text.replace(/\s*\(You\)$/i, ''));
  const name = candidates.find(
    (text) => text !== '' && !SELF_MARK.test(text) && !HOST.test(text) && !JUNK_NAME.test(text),
  );
  return (name ?? 'Unknown').slice(0, 200);
}

/** One entry per id. A row without an id is identified by its name. */
function unique(people: SeenPerson[]): SeenPerson[] {
  const byId = new Map<string, SeenPerson>();
  for (const person of people) {
    const id = person.id || (nameOf(person) === 'Unknown' ? '' : `name:${nameOf(person)}`);
    if (id === '') continue;
    const known = byId.get(id);
    if (known) known.isSelf ||= person.isSelf;
    else byId.set(id, { ...person, id: id.slice(0, 200) });
  }
  return [...byId.values()];
}
