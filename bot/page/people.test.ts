import { describe, expect, it } from 'vitest';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { othersIn as othersOf, type Self, unknownSelf } from './people.ts';
import type { SeenPerson, SeenRoom } from './seen-room.ts';

const row = (id: string, name: string, ...marks: string[]): SeenPerson => ({
  id,
  name,
  marks,
  isSelf: false,
});
const room = (changes: Partial<SeenRoom>): SeenRoom => ({
  ...{ rows: null, scrolls: false, whole: true, tiles: [], count: null, soundTracks: 0 },
  ...changes,
});
const selfOf = (name = 'Notes') => unknownSelf(name);
const othersIn = (seen: SeenRoom, self: Self, saysAlone = false) =>
  othersOf(seen, self, GOOGLE_MEET.people, saysAlone)?.others ?? null;
const others = (seen: Partial<SeenRoom>, name = 'Notes') => othersIn(room(seen), selfOf(name));

describe('othersIn', () => {
  const me = row('me', 'Notes', '(You)');
  const ada = row('ada', 'Ada Park', 'Meeting host');
  const bob = row('bob', 'Bob');

  it('lists the others with their hosts, without the bot', () => {
    expect(others({ rows: [me, ada, bob] })).toEqual([
      { externalId: 'ada', name: 'Ada Park', isHost: true },
      { externalId: 'bob', name: 'Bob', isHost: false },
    ]);
  });

  it('leaves out one of two people with the name of the bot', () => {
    const twin = row('twin', 'Notes');
    expect(others({ rows: [twin, me] })?.map(({ externalId }) => externalId)).toEqual(['twin']);
    expect(others({ rows: [row('a', 'Notes'), row('b', 'Notes')] })).toHaveLength(1);
  });

  it('falls back to the tiles, where the bot is known by its own mark', () => {
    const self = { ...row('me', 'Notes', 'You'), isSelf: true };
    expect(others({ tiles: [self, bob] })?.map(({ name }) => name)).toEqual(['Bob']);
  });

  it('is not taken in by names', () => {
    const fakes = [row('x', '(You)'), row('y', 'Meeting host'), row('z', 'Presentation'), me];
    expect(others({ rows: fakes })).toMatchObject([
      { externalId: 'x' },
      { externalId: 'y', isHost: false },
      { externalId: 'z' },
    ]);
  });

  it('counts a shared screen as nobody, and a person in two places once', () => {
    expect(others({ rows: [me, ada, row('screen', 'Ada Park', 'Presentation'), ada] })).toHaveLength(1);
  });

  it('shows no internal ids as names', () => {
    expect(others({ rows: [me, row('spaces/x/devices/1', 'spaces/x/devices/1')] })).toMatchObject([
      { name: 'Unknown' },
    ]);
  });

  it('says nobody only when nothing speaks against it', () => {
    expect(others({ rows: [me] })).toEqual([]);
    expect(others({ rows: [me], count: 1 })).toEqual([]);
    expect(others({ rows: [me], count: 3 })).toBeNull();
    expect(others({ count: 1 })).toEqual([]);
    expect(others({ count: 3 })).toBeNull();
    expect(others({})).toBeNull();
  });

  describe('a namesake of the bot', () => {
    const twin = row('twin', 'Notes');
    const idsOf = (seen: Partial<SeenRoom>, self: Self) =>
      othersIn(room(seen), self)?.map(({ externalId }) => externalId) ?? null;

    it('is another person, also when it was there before the bot was recognised', () => {
      const self = selfOf();
      expect(idsOf({ rows: [twin] }, self)).toEqual([]);
      expect(idsOf({ rows: [twin, me] }, self)).toEqual(['twin']);
      expect(idsOf({ rows: [me, twin, bob] }, self)).toEqual(['twin', 'bob']);
    });

    it('stays another person when only its part of the list, or its tile, is seen', () => {
      const self = selfOf();
      idsOf({ rows: [me, twin, bob] }, self);
      expect(idsOf({ rows: [twin, bob], whole: false }, self)).toEqual(['twin', 'bob']);
      expect(idsOf({ tiles: [twin, bob] }, self)).toEqual(['twin', 'bob']);
    });

    it('is not taken for the bot before it was seen, in a part of the list', () => {
      const self = selfOf();
      idsOf({ rows: [me, bob] }, self);
      expect(idsOf({ rows: [twin, bob], whole: false }, self)).toEqual(['twin', 'bob']);
    });

    it('is another person where the page gives no ids, in any order', () => {
      const self = selfOf();
      expect(othersIn(room({ rows: [row('', 'Notes', '(You)'), row('', 'Notes')] }), self)).toHaveLength(1);
      expect(othersIn(room({ rows: [row('', 'Notes'), row('', 'Notes', '(You)')] }), self)).toHaveLength(1);
      expect(othersIn(room({ rows: [row('', 'Notes', '(You)')] }), self)).toEqual([]);
    });
  });

  it('tells two people of one name apart', () => {
    expect(others({ rows: [me, row('1', 'Ada'), row('2', 'Ada')] })).toHaveLength(2);
    expect(others({ rows: [me, row('', 'Ada'), row('', 'Ada')] })).toMatchObject([
      { externalId: 'name:Ada' },
      { externalId: 'name:Ada#2' },
    ]);
  });

  it('lets a surer sign replace an earlier guess', () => {
    const self = selfOf();
    othersIn(room({ rows: [row('a', 'Notes'), bob] }), self);
    othersIn(room({ rows: [row('a', 'Notes'), row('b', 'Renamed', '(You)'), bob] }), self);
    expect(self.id).toBe('b');
    othersIn(room({ rows: [row('a', 'Notes'), bob], tiles: [{ ...row('c', 'x'), isSelf: true }] }), self);
    expect(self.id).toBe('c');
  });

  it('knows itself by a new id after a reconnect, while the old one is still shown', () => {
    const self = selfOf();
    othersIn(room({ rows: [me, bob] }), self);
    const again = row('me-2', 'Notes', '(You)');
    expect(othersIn(room({ rows: [row('me', 'Notes'), again, bob] }), self)).toHaveLength(1);
    expect(othersIn(room({ rows: [again, bob] }), self)).toHaveLength(1);
    expect(othersIn(room({ rows: [again] }), self)).toEqual([]);
  });

  it('knows itself by a name that the page has cut', () => {
    const long = 'Meeting notes of the board of directors';
    for (const shown of ['Meeting notes of the bo…', 'Meeting notes of the', 'Meetin...'])
      expect(others({ rows: [row('x', shown), bob] }, long)).toHaveLength(1);
    expect(others({ rows: [row('x', 'Meeting'), bob] }, long)).toHaveLength(2);
  });

  it('is alone when the count, or the page’s words, say so of a row that it does not know', () => {
    const strange = row('x', 'Guest 7');
    expect(others({ rows: [strange], count: 1 })).toEqual([]);
    expect(othersIn(room({ tiles: [strange] }), selfOf(), true)).toEqual([]);
    expect(others({ rows: [strange] })).toHaveLength(1);
    const self = selfOf();
    othersIn(room({ rows: [bob], count: 1 }), self);
    expect(othersIn(room({ rows: [me, bob], count: 2 }), self)).toMatchObject([{ name: 'Bob' }]);
  });

  it('counts who is there but not shown', () => {
    expect(othersOf(room({ rows: [me, ada], count: 5 }), selfOf(), GOOGLE_MEET.people)?.hidden).toBe(3);
    expect(othersOf(room({ rows: [me, ada] }), selfOf(), GOOGLE_MEET.people)?.hidden).toBe(0);
  });

  it('remembers which one the bot is', () => {
    const self = selfOf();
    othersIn(room({ rows: [me, bob] }), self);
    expect(othersIn(room({ rows: [row('me', 'Renamed'), bob] }), self)).toHaveLength(1);
  });
});
