import { describe, expect, it } from 'vitest';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { othersIn as othersOf, type Self } from './people.ts';
import type { SeenPerson, SeenRoom } from './seen-room.ts';

const row = (id: string, name: string, ...marks: string[]): SeenPerson => ({
  id,
  name,
  marks,
  isSelf: false,
});
const room = (changes: Partial<SeenRoom>): SeenRoom => ({
  ...{ rows: null, scrolls: false, tiles: [], count: null, soundTracks: 0 },
  ...changes,
});
const selfOf = (name = 'Notes'): Self => ({ name, id: null, sureness: 0, ids: new Set() });
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

  it('remembers which one the bot is', () => {
    const self = selfOf();
    othersIn(room({ rows: [me, bob] }), self);
    expect(othersIn(room({ rows: [row('me', 'Renamed'), bob] }), self)).toHaveLength(1);
  });
});
