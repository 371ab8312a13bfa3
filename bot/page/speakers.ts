import { inPage, type PageLibrary, type Target } from './in-page.ts';
import type { Sound } from './turns.ts';

export interface Heard {
  sounds: Sound[];
  /** The page's clock. */
  nowMs: number;
  /** Whether the page has shown in any way who speaks. */
  signal: boolean;
}

/**
 * Returns who made sounds since the last call. A timer in the page samples it ten times a second, so that a
 * busy machine delays this call but loses no sounds. The first call, and one after a reload, starts the
 * timer.
 *
 * Four ways tell who speaks, best first: an attribute with the loudness, known class names of one release, the change
 * of a meter (an element of a tile whose class or style changes while somebody speaks, whatever it is called), and a
 * frame that shows whoever speaks, while the page's sound is to be heard.
 */
export async function drainSounds(target: Target): Promise<Heard> {
  const { people } = target.data;
  const [own, ...frames] = await inPage(target, drain, {
    level: people.levelAttribute,
    classes: people.speakingClasses,
    nameTags: people.nameTags,
    speakerFrames: people.speakerFrames.join(','),
  });
  return {
    sounds: [own, ...frames].flatMap(({ sounds }) => sounds),
    nowMs: own.nowMs,
    signal: [own, ...frames].some(({ signal }) => signal),
  };
}

interface Ear {
  sounds: Map<string, Sound>;
  done: Sound[];
  signal: boolean;
  /** A meter has moved: no guess by a frame is needed. */
  moved: boolean;
}

interface DrainArgs {
  level: string | null;
  classes: readonly string[];
  nameTags: readonly { css: string; attribute: string | null }[];
  speakerFrames: string;
}

/** Runs in the page. */
function drain(lib: PageLibrary, arg: DrainArgs): Heard {
  const SAMPLE_MS = 100;
  /** A meter that moves changes this often within this time. */
  const MOVES = 3;
  const MOVE_MS = 500;
  const key = Symbol.for('meeboter.ear');
  const store = window as unknown as Record<symbol, Ear | undefined>;

  const idOf = (tile: Element): string => {
    const id = lib.idOf(tile);
    if (id !== '') return id;
    for (const { css, attribute } of arg.nameTags) {
      const tag = tile.matches(css) ? tile : tile.querySelector(css);
      const name = tag ? lib.clean(attribute ? (tag.getAttribute(attribute) ?? '') : lib.textOf(tag)) : '';
      if (name !== '') return `name:${name}`;
    }
    return '';
  };

  // ---- the change of a meter
  type Meter = { changes: number[]; state: string; states: Map<string, number>; atMs: number };
  const meters = new Map<Element, Meter>();
  const stateOf = (element: Element) => {
    const style = element.getAttribute('style') ?? '';
    return `${element.getAttribute('class') ?? ''}|${style.replace(/[\d.]+/g, '#')}`;
  };
  /** A change of a person's name, picture or place is none of a meter. A meter is small, or a frame around the tile, and has no text. */
  const isMeter = (element: Element) =>
    !element.matches('video, img, canvas, audio, input, button, [role="button"]') &&
    lib.clean(element.textContent ?? '').length <= 2;
  const note = (element: Element, nowMs: number) => {
    const state = stateOf(element);
    const meter = meters.get(element);
    if (!meter) {
      meters.set(element, { changes: [nowMs], state, states: new Map(), atMs: nowMs });
      return;
    }
    meter.states.set(meter.state, (meter.states.get(meter.state) ?? 0) + nowMs - meter.atMs);
    meter.changes = [...meter.changes.filter((at) => nowMs - at <= MOVE_MS), nowMs];
    meter.state = state;
    meter.atMs = nowMs;
  };
  /** Where an element is within its tile: the same place in each tile. */
  const placeOf = (element: Element, tile: Element): string => {
    const path: string[] = [];
    for (let at: Element | null = element; at && at !== tile; at = at.parentElement) {
      path.push(`${at.localName}:${at.parentElement ? [...at.parentElement.children].indexOf(at) : 0}`);
    }
    return path.join('/');
  };
  const moving = (tiles: Element[], nowMs: number): Set<Element> => {
    const speaks = new Set<Element>();
    // How long each state of each place has lasted, over all tiles. The state of rest lasts longest.
    const rests = new Map<string, Map<string, number>>();
    const placed: { meter: Meter; place: string; tile: Element }[] = [];
    for (const [element, meter] of meters) {
      const tile = tiles.find((it) => it.contains(element));
      if (!tile) {
        if (!element.isConnected) meters.delete(element);
        continue;
      }
      const place = placeOf(element, tile);
      placed.push({ meter, place, tile });
      const rest = rests.get(place) ?? new Map<string, number>();
      rests.set(place, rest);
      for (const [state, ms] of meter.states) rest.set(state, (rest.get(state) ?? 0) + ms);
      rest.set(meter.state, (rest.get(meter.state) ?? 0) + nowMs - meter.atMs);
    }
    for (const { meter, place, tile } of placed) {
      const recent = meter.changes.filter((at) => nowMs - at <= MOVE_MS);
      if (recent.length >= MOVES) speaks.add(tile);
      const states = [...(rests.get(place) ?? [])];
      if (states.length < 2) continue;
      const [rest] = states.reduce((longest, one) => (one[1] > longest[1] ? one : longest));
      if (meter.state !== rest) speaks.add(tile);
    }
    return speaks;
  };

  // ---- a frame with whoever speaks
  let context: AudioContext | null = null;
  const analysers = new Map<MediaStream, AnalyserNode>();
  const samples = new Float32Array(1024);
  /** Whether the page's sound is to be heard now. True when that cannot be measured. */
  const audible = (): boolean => {
    const streams = [...document.querySelectorAll<HTMLMediaElement>('audio, video')]
      .map(({ srcObject, muted }) => (srcObject instanceof MediaStream && !muted ? srcObject : null))
      .filter((stream) => stream?.getAudioTracks().some(({ readyState }) => readyState === 'live'));
    try {
      context ??= new AudioContext();
      if (context.state !== 'running' || streams.length === 0) return true;
      for (const stream of analysers.keys()) if (!streams.includes(stream)) analysers.delete(stream);
      return streams.some((stream) => {
        if (!stream || !context) return false;
        let analyser = analysers.get(stream);
        if (!analyser) {
          analyser = new AnalyserNode(context, { fftSize: samples.length });
          new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser);
          analysers.set(stream, analyser);
        }
        analyser.getFloatTimeDomainData(samples);
        return samples.some((sample) => Math.abs(sample) > 0.003);
      });
    } catch {
      return true;
    }
  };
  let shown = { id: '', count: 0 };
  /** Who is in the frame of whoever speaks, seen twice: the frame passes through others. */
  const inSpeakerFrame = (): string => {
    if (arg.speakerFrames === '') return '';
    const frame = [...document.querySelectorAll(arg.speakerFrames)].find(lib.shown);
    const id = frame ? idOf(frame) : '';
    shown = id === shown.id ? { id, count: shown.count + 1 } : { id, count: 1 };
    return id !== '' && shown.count >= 2 ? id : '';
  };

  const listen = (): Ear => {
    const ear: Ear = { sounds: new Map(), done: [], signal: false, moved: false };
    const observer = new MutationObserver((records) => {
      const nowMs = Date.now();
      for (const { target } of records) {
        if (
          target instanceof Element &&
          lib.zones.tile !== '' &&
          target.closest(lib.zones.tile) &&
          isMeter(target)
        ) {
          note(target, nowMs);
        }
      }
    });
    observer.observe(document.documentElement, {
      subtree: true,
      attributes: true,
      attributeFilter: ['class', 'style'],
    });
    const speaking = (nowMs: number): Set<string> => {
      const ids = new Set<string>();
      const add = (element: Element) => {
        const tile = element.closest(lib.zones.tile) ?? element.querySelector(lib.zones.tile);
        const id = tile ? idOf(tile) : '';
        if (id !== '') ids.add(id);
      };
      const tiles = lib.tiles();
      const inTile = (element: Element) =>
        tiles.some((tile) => tile.contains(element) || element.contains(tile));
      const { level } = arg;
      const levelled = level === null ? [] : [...document.querySelectorAll(`[${level}]`)].filter(inTile);
      if (levelled.length > 0 && level !== null) {
        ear.signal ||= levelled.some((element) => Number(element.getAttribute(level)) > 0);
        for (const element of levelled) if (Number(element.getAttribute(level)) > 0) add(element);
        if (ear.signal) return ids;
      }
      const known =
        arg.classes.length === 0
          ? []
          : [...document.querySelectorAll(arg.classes.map((name) => `.${name}`).join(','))].filter(inTile);
      for (const element of known) add(element);
      if (known.length > 0) {
        ear.signal = true;
        return ids;
      }
      for (const tile of moving(tiles, nowMs)) {
        ear.signal = true;
        add(tile);
      }
      if (ids.size > 0 || ear.moved) {
        ear.moved = true;
        return ids;
      }
      const speaker = inSpeakerFrame();
      if (speaker !== '' && audible()) {
        ear.signal = true;
        ids.add(speaker);
      }
      return ids;
    };
    setInterval(() => {
      const nowMs = Date.now();
      for (const id of speaking(nowMs)) {
        const sound = ear.sounds.get(id);
        // A delayed timer took no samples for a while. That is not counted as silence, if it was short.
        if (sound && nowMs - sound.toMs < 20 * SAMPLE_MS) sound.toMs = nowMs;
        else {
          if (sound) ear.done.push(sound);
          ear.sounds.set(id, { id, fromMs: nowMs, toMs: nowMs });
        }
      }
      const silent = [...ear.sounds.values()].filter(({ toMs }) => toMs < nowMs);
      for (const sound of silent) {
        ear.done.push(sound);
        ear.sounds.delete(sound.id);
      }
    }, SAMPLE_MS);
    return ear;
  };

  store[key] ??= listen();
  const ear = store[key];
  const sounds = [...ear.done, ...[...ear.sounds.values()].map((sound) => ({ ...sound }))];
  ear.done = [];
  return { sounds, nowMs: Date.now(), signal: ear.signal };
}
