import { expect, it } from 'vitest';
import type { Participant } from '../meeting.ts';
import { ZOOM } from '../zoom/data.ts';
import { Credits } from './credits.ts';
import type { Self } from './people.ts';
import type { SeenPerson, SeenRoom } from './seen-room.ts';

const LIMITS = { silenceMs: 500, minTurnMs: 200, unnamedMs: 60_000 };
const credits = () => new Credits(LIMITS, ZOOM.people);
const person = (externalId: string, name: string): Participant => ({ externalId, name, isHost: false });
const tile = (id: string, name: string): SeenPerson => ({ id, name, marks: [], isSelf: false });
const roomOf = (tiles: SeenPerson[]): SeenRoom => ({
  ...{ rows: null, scrolls: false, whole: true, tiles, count: null, soundTracks: 1 },
});
const selfOf = (...ids: string[]): Self => ({
  name: 'Notes',
  id: null,
  sureness: 0,
  ids: new Set(ids),
  namesakes: new Set(),
});
const sound = (id: string, fromMs: number, toMs: number) => ({ id, fromMs, toMs });
const ids = (turns: { externalId: string }[]) => turns.map(({ externalId }) => externalId);

it('credits a tile that has a participant’s id, and never the bot’s own', () => {
  const all = credits();
  all.know(roomOf([]), selfOf('me'));
  const sounds = [sound('ada', 0, 1_000), sound('me', 0, 1_000)];
  expect(ids(all.add({ sounds, nowMs: 2_000 }, [person('ada', 'Ada')]))).toEqual(['ada']);
});

it('credits a tile by its name where tiles have no other id', () => {
  const all = credits();
  const turns = all.add({ sounds: [sound('name:Ada', 0, 1_000)], nowMs: 2_000 }, [person('row-1', 'ada ')]);
  expect(ids(turns)).toEqual(['row-1']);
});

it('gives a turn to neither of two people of one name', () => {
  const all = credits();
  const present = [person('row-1', 'Ada'), person('row-2', 'Ada')];
  expect(all.add({ sounds: [sound('name:Ada', 0, 1_000)], nowMs: 2_000 }, present)).toEqual([]);
  expect(all.flush(present)).toEqual([]);
});

it('keeps a newcomer’s first turn until the list has its row, and tells it all the same after a while', () => {
  const all = credits();
  all.know(roomOf([tile('tile-9', 'Ben')]), selfOf());
  expect(all.add({ sounds: [sound('tile-9', 0, 1_000)], nowMs: 2_000 }, [])).toEqual([]);
  const late = all.add({ sounds: [], nowMs: 5_000 }, [person('row-9', 'Ben')]);
  expect(late).toEqual([{ externalId: 'row-9', startedAt: new Date(0), endedAt: new Date(1_000) }]);

  all.add({ sounds: [sound('tile-7', 5_000, 6_000)], nowMs: 7_000 }, []);
  expect(all.add({ sounds: [], nowMs: 66_000 }, [])).toEqual([]);
  expect(ids(all.add({ sounds: [], nowMs: 67_500 }, []))).toEqual(['tile-7']);
});

it('tells what is left at the end', () => {
  const all = credits();
  all.add({ sounds: [sound('tile-1', 0, 1_000)], nowMs: 1_100 }, []);
  expect(ids(all.flush([]))).toEqual(['tile-1']);
});
