// Reads who is in the call from the page: the list of people, the tiles and the count, as plain data.
import { inPage, type Target } from './in-page.ts';

/** One row of the participants list, or one tile. */
export interface SeenPerson {
  /** The page's id; '' when it has none. */
  id: string;
  /** The name where the page shows names; '' when there is no such place, or nothing in it. */
  name: string;
  /** Its separate texts beside the name, such as "(You)" or "Meeting host". */
  marks: string[];
  /** The page marks it as the bot's own. */
  isSelf: boolean;
}

/** What the page shows of the people in the call. */
export interface SeenRoom {
  /** Null when no list is visible. */
  rows: SeenPerson[] | null;
  /** The list shows a part of its rows, and scrolls. */
  scrolls: boolean;
  /** The rows are all that the list has: it was read to its end, or does not scroll. */
  whole: boolean;
  tiles: SeenPerson[];
  /** How many are in the call, including the bot. Null when the page does not show it. */
  count: number | null;
  /** How many sound tracks from others the page has. */
  soundTracks: number;
}

/**
 * Reads the list of people, the tiles and the count. `scroll`: moves through a list that shows only a part of its rows,
 * and leaves it as it was; that takes up to 3 s.
 */
export async function readRoom(target: Target, { scroll }: { scroll: boolean }): Promise<SeenRoom> {
  const { people } = target.data;
  const [own, ...frames] = await inPage(
    target,
    async (lib, arg) => {
      const all = (css: string, within: ParentNode = document) =>
        css === '' ? [] : [...within.querySelectorAll<HTMLElement>(css)];
      const ownText = (element: Element) =>
        lib.clean([...element.childNodes].map((it) => (it.nodeType === 3 ? it.nodeValue : '')).join(' '));
      const texts = (element: Element) =>
        [element, ...element.querySelectorAll('*')]
          .filter((it) => ownText(it) !== '')
          .filter(
            (it) => !it.closest(lib.zones.junk) && !it.closest('button, [role="button"], [role="tooltip"]'),
          )
          // The letter in an avatar is not a name. It is hidden from screen readers.
          .filter((it) => !it.closest('[aria-hidden="true"]'));
      const person = (element: Element) => {
        const leaves = texts(element);
        const tag = lib.nameTags(element)[0] ?? null;
        const label = lib.labelOf(element);
        // A name can have commas itself: "Park, Ada, (Host), muted".
        const own =
          tag !== null && `${label},`.startsWith(`${tag.text},`) ? tag.text : label.split(/,\s*/)[0];
        const [first = '', ...rest] =
          arg.label === 'name_first'
            ? [
                own,
                ...label
                  .slice(own?.length ?? 0)
                  .split(/,\s*/)
                  .filter(Boolean),
              ]
            : [label];
        const labelled = arg.label === 'none' ? '' : first;
        const name = labelled || tag?.text || (leaves[0] ? ownText(leaves[0]) : '');
        // The element with the name is no mark, however people are called. All others can be.
        const named = tag?.element ?? leaves.find((it) => ownText(it) === name) ?? null;
        const marks = leaves
          .filter((it) => it !== named && !(named?.contains(it) ?? false))
          .map(ownText)
          .concat(rest);
        return {
          id: lib.idOf(element),
          name,
          marks: marks.slice(0, 12),
          isSelf:
            arg.selfMarks !== '' &&
            (element.matches(arg.selfMarks) || element.querySelector(arg.selfMarks) !== null),
        };
      };

      const list = arg.lists
        .flatMap((css) => all(css))
        .find((it) => lib.shown(it) && it.querySelector(arg.rows) !== null);
      const rowsOf = (it: Element) =>
        all(arg.rows, it)
          .filter((row) => arg.merged === '' || !row.matches(arg.merged) || lib.idOf(row) !== '')
          .filter((row) => row.parentElement?.closest(arg.rows) === null)
          .map(person);
      const scrollerOf = (it: HTMLElement): HTMLElement | null => {
        const inner = [it, ...all('*', it).slice(0, 400)].find(isScrolled);
        if (inner) return inner;
        for (let at = it.parentElement; at && at !== document.body; at = at.parentElement) {
          if (isScrolled(at)) return at;
        }
        return null;
      };
      const isScrolled = (it: HTMLElement) =>
        it.scrollHeight > it.clientHeight + 8 && /auto|scroll/.test(getComputedStyle(it).overflowY);
      let rows = list ? rowsOf(list) : null;
      const scroller = list ? scrollerOf(list) : null;
      let whole = scroller === null;
      if (list && scroller && arg.scroll) {
        const before = scroller.scrollTop;
        const deadline = performance.now() + 3_000;
        const found = new Map<string, ReturnType<typeof person>>();
        const keep = () => {
          // Rows without an id are told apart by their name, and two of one name on one screen by their order.
          const onScreen = new Map<string, number>();
          for (const row of rowsOf(list)) {
            const order = (onScreen.get(row.name) ?? 0) + 1;
            onScreen.set(row.name, order);
            found.set(row.id || `${row.name} ${order}`, row);
          }
        };
        scroller.scrollTop = 0;
        while (performance.now() < deadline && !whole) {
          await new Promise((resolve) => setTimeout(resolve, 60));
          keep();
          const last = scroller.scrollTop;
          scroller.scrollTop = last + Math.max(20, scroller.clientHeight * 0.7);
          whole = scroller.scrollTop === last;
        }
        scroller.scrollTop = before;
        rows = [...found.values()];
      }

      const numbers = arg.counts
        .flatMap(({ css, attribute }) =>
          all(css)
            .filter(lib.shown)
            .map((it) =>
              attribute === null
                ? lib.textOf(it)
                : attribute === 'aria-label'
                  ? lib.captions(it).join(' ')
                  : (it.getAttribute(attribute) ?? ''),
            ),
        )
        .flatMap(
          (text) =>
            // People at the door are no count of people in the call.
            /(?<![\d.:])(\d{1,4})(?![\d.:]|\s*(?:people |persons |guests? )?(?:waiting|at the door|in (?:the )?lobby|wants? to|asks?\b|asking|requests?))/i.exec(
              text,
            )?.[1] ?? [],
        );
      const soundTracks = [...document.querySelectorAll<HTMLMediaElement>('audio, video')].reduce(
        (sum, { srcObject }) =>
          sum +
          (srcObject instanceof MediaStream
            ? srcObject.getAudioTracks().filter(({ readyState }) => readyState === 'live').length
            : 0),
        0,
      );
      return {
        rows,
        scrolls: scroller !== null,
        whole,
        tiles: lib
          .tiles()
          .filter((tile) => !list?.contains(tile))
          .map(person),
        count: numbers[0] === undefined ? null : Number(numbers[0]),
        soundTracks,
      };
    },
    {
      lists: people.lists,
      rows: people.rows.join(','),
      merged: people.mergedRows.join(','),
      label: people.label,
      selfMarks: people.selfMarks.join(','),
      counts: people.counts,
      scroll,
    },
  );
  return frames.reduce<SeenRoom>(
    (room, frame) => ({
      rows: room.rows ?? frame.rows,
      scrolls: room.scrolls || frame.scrolls,
      whole: room.whole && frame.whole,
      tiles: [...room.tiles, ...frame.tiles],
      count: room.count ?? frame.count,
      soundTracks: room.soundTracks + frame.soundTracks,
    }),
    own,
  );
}
