// The simulated people of a meeting: who they are, and how they look and sound.
import type { Scenario } from './scenario.ts';

/** A simulated person with all fields. */
export interface Person {
  id: string;
  /** The name that everybody sees now. */
  name: string;
  toneHz: number;
  colour: string;
  isHost: boolean;
  joinsAfterMs: number;
  leavesAfterMs: number | null;
  /** The name in the scenario, which a rename does not change. */
  scriptName: string;
  hasCamera: boolean;
  badge: 'guest' | 'unverified' | 'external' | null;
}

const NAMES = `Ada Park,Bruno Keller,Chloé Martin,Deniz Aydin,Elena Rossi,Femi Okoye,Greta Lind,Hiro Tanaka,
Ines Costa,Jonas Weber,Kavya Rao,Liam Byrne,Mei Chen,Noor Haddad,Olga Novak,Pedro Silva,Quinn Doyle,Rosa Lima,
Sofia Berg,Tomas Horak,Uma Iyer,Viktor Nagy,Wanda Kos,Xavier Roux,Yara Sabri,Zoe Hart,Aiko Mori,Ben Adler,
Carla Reyes,Dmitri Orlov,Esther Blum,Filip Zeman,Gita Menon,Hugo Lange,Irene Papas,Jun Sato,Klara Holm,
Luca Conti,Maya Stein,Nils Dahl`
  .split(',')
  .map((name) => name.trim());
const COLOURS = ['#1b6ca8', '#a8461b', '#2f7d4f', '#7a3e9d', '#9d7a1b', '#1b8f8f', '#9d2b4f', '#4f5b9d'];
const colourOf = (index: number) => COLOURS[index % COLOURS.length] ?? '#1b6ca8';

/** A picture costs the lab's browser and the guest's much more than a voice, so only so many are sent. */
const MOST_CAMERAS = 16;
/** 330, 440, 550 Hz and so on; after sixteen of them, the ones between. */
const toneOf = (index: number) => 330 + 110 * (index % 16) + 55 * Math.floor(index / 16);

/** Whether a scenario means this person when it names somebody. */
export const isCalled = (person: Person, name: string): boolean =>
  person.id === name || person.scriptName === name;

/** The people of a scenario. A count becomes people with names and tones. */
export function peopleOf(scenario: Scenario): Person[] {
  const given = scenario.participants;
  if (typeof given === 'number') {
    return NAMES.slice(0, given).map((name, index) => ({
      id: `person-${index + 1}`,
      name,
      scriptName: name,
      hasCamera: index < MOST_CAMERAS,
      badge: null,
      toneHz: toneOf(index),
      colour: colourOf(index),
      isHost: index === 0,
      joinsAfterMs: 0,
      leavesAfterMs: null,
    }));
  }
  return given.map((person, index) => ({
    id: `person-${index + 1}`,
    name: person.name,
    scriptName: person.name,
    hasCamera: index < MOST_CAMERAS,
    badge: person.badge ?? null,
    toneHz: person.tone_hz,
    colour: person.colour ?? colourOf(index),
    isHost: person.is_host ?? index === 0,
    joinsAfterMs: person.joins_after_ms,
    leavesAfterMs: person.leaves_after_ms,
  }));
}
