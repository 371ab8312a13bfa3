import { inPage, type PageLibrary, type Target } from './in-page.ts';
import type { Sound } from './turns.ts';

export interface Heard {
  sounds: Sound[];
  /** The page's clock. */
  nowMs: number;
  /** Whether the page has shown in any way who speaks. */
  signal: boolean;
  /** For how long the page was heard while it showed nobody who speaks, in ms; null when that cannot be measured. */
  unseenSpeechMs: number | null;
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
    speakerFrames: people.speakerFrames.join(','),
  });
  return {
    sounds: [own, ...frames].flatMap(({ sounds }) => sounds),
    nowMs: own.nowMs,
    signal: [own, ...frames].some(({ signal }) => signal),
    unseenSpeechMs: [own, ...frames].reduce<number | null>(
      (sum, { unseenSpeechMs: ms }) => (ms === null ? sum : (sum ?? 0) + ms),
      null,
    ),
  };
}

interface Ear {
  sounds: Map<string, Sound>;
  done: Sound[];
  signal: boolean;
  unseenSpeechMs: number | null;
  /** When a meter last moved: no guess by a frame is needed. */
  movedAtMs: number;
}

interface DrainArgs {
  level: string | null;
  classes: readonly string[];
  speakerFrames: string;
}

/** Runs in the page. */
function drain(lib: PageLibrary, arg: DrainArgs): Heard {
  const SAMPLE_MS = 100;
  /** A meter that moves changes this often within this time. */
  const MOVES = 3;
  const MOVE_MS = 700;
  /** A state that means speech is entered and left again at least this often. What it told before is told then. */
  const ENTRIES = 2;
  /** It does not last this long while nothing is heard. */
  const SILENT_MS = 1_500;
  /** A meter that has moved within this time is better than a guess. */
  const TRUSTED_MS = 60_000;
  const key = Symbol.for('meeboter.ear');
  const store = window as unknown as Record<symbol, Ear | undefined>;

  const idOf = (tile: Element): string => {
    const id = lib.idOf(tile);
    if (id !== '') return id;
    const tag = lib.nameTags(tile)[0];
    return tag ? `name:${tag.text}` : '';
  };

  // ---- the change of a meter
  type Span = { fromMs: number; toMs: number };
  type Meter = {
    changes: number[];
    state: string;
    /** The state before this one; null when it does not tell anything. */
    from: string | null;
    states: Map<string, number>;
    /** When it last changed, and when it came into its state. */
    atMs: number;
    sinceMs: number;
  };
  /** A state of a place that may mean speech, and what it would have told so far. */
  type Toggle = { trusted: boolean; pending: Map<string, Sound & { meter: Meter }>; silentMs: number };
  const meters = new Map<Element, Meter>();
  const toggles = new Map<string, Toggle>();
  /** When a tile was first seen, when it last moved or changed its size, and when the mouse last came or went. */
  const seenAt = new WeakMap<Element, number>();
  const places = new WeakMap<Element, string>();
  const movedAt = new WeakMap<Element, number>();
  const pointedAt = new WeakMap<Element, number>();
  const stateFrom = (names: string, style: string) =>
    `${names}|${style.replace(/-?[\d.]+/g, '#').replace(/[\s;]/g, '')}`;
  const stateOf = (element: Element) =>
    stateFrom(element.getAttribute('class') ?? '', element.getAttribute('style') ?? '');
  /**
   * A change of a person's name or picture is none of a meter. A meter is small, or a frame around the picture, and has
   * no text. A tile's own class can be one too.
   */
  const isMeter = (element: Element, attribute: string | null) => {
    if (element.matches(lib.zones.tile)) return attribute === 'class';
    if (element.matches('video, img, canvas, audio, input, button, [role="button"], [role="progressbar"]'))
      return false;
    if (/spin|load|progress|skeleton|shimmer/i.test(element.getAttribute('class') ?? '')) return false;
    return (
      lib.clean(element.textContent ?? '').length <= 2 && !element.querySelector('video, canvas, button')
    );
  };
  const note = (element: Element, tile: Element, before: string, nowMs: number) => {
    const state = stateOf(element);
    // The mouse makes pages show their controls.
    const byMouse = nowMs - (pointedAt.get(tile) ?? 0) < 400;
    const meter = meters.get(element) ?? {
      ...{ changes: [], state: before, from: null, states: new Map<string, number>() },
      ...{ atMs: seenAt.get(tile) ?? nowMs, sinceMs: nowMs },
    };
    meters.set(element, meter);
    meter.states.set(meter.state, (meter.states.get(meter.state) ?? 0) + nowMs - meter.atMs);
    if (!byMouse) meter.changes = [...meter.changes.filter((at) => nowMs - at <= MOVE_MS), nowMs];
    if (state !== meter.state) {
      meter.from = byMouse ? null : meter.state;
      meter.sinceMs = nowMs;
    }
    meter.state = state;
    meter.atMs = nowMs;
  };
  /** Where an element is within its tile: the same place in each tile. Pages put some parts there only at times. */
  const placeOf = (element: Element, tile: Element): string => {
    const path: string[] = [];
    for (let at: Element | null = element; at && at !== tile; at = at.parentElement) {
      const { localName } = at;
      const alike = [...(at.parentElement?.children ?? [])].filter((it) => it.localName === localName);
      path.unshift(`${localName}:${alike.indexOf(at)}`);
    }
    return path.join('/');
  };
  const elementAt = (place: string, tile: Element): Element | null => {
    let at: Element | null = tile;
    for (const step of place === '' ? [] : place.split('/')) {
      const [name, index] = step.split(':');
      at = at ? ([...at.children].filter((it) => it.localName === name)[Number(index)] ?? null) : null;
    }
    return at;
  };
  /** Notes new tiles, and those that move or change their size. */
  const survey = (tiles: Element[], nowMs: number) => {
    for (const tile of tiles) {
      const { left, top, width, height } = tile.getBoundingClientRect();
      const place = [left, top, width, height].map(Math.round).join();
      if (!seenAt.has(tile)) seenAt.set(tile, nowMs);
      else if (places.get(tile) !== place) movedAt.set(tile, nowMs);
      places.set(tile, place);
    }
  };
  /** How long each state of a place has lasted, over all tiles. The state of rest lasts longest. */
  const restOf = (place: string, tiles: Element[], nowMs: number): string => {
    const lasted = new Map<string, number>();
    const add = (state: string, ms: number) => lasted.set(state, (lasted.get(state) ?? 0) + ms);
    for (const tile of tiles) {
      const element = elementAt(place, tile);
      if (!element) continue;
      const meter = meters.get(element);
      for (const [state, ms] of meter?.states ?? []) add(state, ms);
      add(stateOf(element), nowMs - (meter?.atMs ?? seenAt.get(tile) ?? nowMs));
    }
    return [...lasted].reduce((longest, one) => (one[1] > longest[1] ? one : longest), ['', -1])[0];
  };
  /** Tiles whose meter moves now, or whose meter is in a state that has been found to mean speech. */
  const moving = (tiles: Element[], nowMs: number, release: (sound: Sound) => void): Map<Element, Span> => {
    const byPlace = new Map<string, { meter: Meter; tile: Element }[]>();
    for (const [element, meter] of meters) {
      const tile = tiles.find((it) => it.contains(element));
      if (tile) {
        const place = placeOf(element, tile);
        byPlace.set(place, [...(byPlace.get(place) ?? []), { meter, tile }]);
      } else if (!element.isConnected) meters.delete(element);
    }
    const speaks = new Map<Element, Span>();
    for (const [place, all] of byPlace) {
      const isStill = (tile: Element) => nowMs - (movedAt.get(tile) ?? 0) > 700;
      const lively = all.flatMap(({ meter, tile }) => {
        const recent = meter.changes.filter((at) => nowMs - at <= MOVE_MS);
        const [fromMs] = recent;
        const toMs = (recent.at(-1) ?? 0) + SAMPLE_MS;
        return fromMs !== undefined && recent.length >= MOVES && isStill(tile)
          ? [{ tile, fromMs, toMs }]
          : [];
      });
      // What moves in all tiles at once is the layout.
      const isLayout = tiles.length >= 3 && lively.length === tiles.length;
      if (!isLayout && audible() !== false)
        for (const { tile, fromMs, toMs } of lively) speaks.set(tile, { fromMs, toMs });
      const rest = restOf(place, tiles, nowMs);
      for (const { meter, tile } of all) {
        const id = idOf(tile);
        if (meter.state === rest || meter.from !== rest || id === '' || speaks.has(tile)) continue;
        const key = `${place}|${meter.state}`;
        const toggle = toggles.get(key) ?? { trusted: false, pending: new Map(), silentMs: 0 };
        toggles.set(key, toggle);
        // A muted microphone or a camera has states too. They last while nothing is heard.
        if (audible() === false) toggle.silentMs += SAMPLE_MS;
        if (toggle.silentMs > SILENT_MS) continue;
        if (toggle.trusted)
          speaks.set(tile, { fromMs: Math.max(meter.sinceMs, nowMs - SAMPLE_MS), toMs: nowMs });
        else toggle.pending.set(`${id} ${meter.sinceMs}`, { id, fromMs: meter.sinceMs, toMs: nowMs, meter });
      }
    }
    for (const toggle of toggles.values()) {
      const left = [...toggle.pending.values()].filter(({ meter, fromMs }) => meter.sinceMs > fromMs);
      if (toggle.trusted || left.length < ENTRIES || toggle.silentMs > SILENT_MS) continue;
      toggle.trusted = true;
      for (const { id, fromMs, toMs } of toggle.pending.values()) release({ id, fromMs, toMs });
      toggle.pending.clear();
    }
    return speaks;
  };

  // ---- a frame with whoever speaks
  let context: AudioContext | null = null;
  const analysers = new Map<MediaStream, AnalyserNode>();
  const samples = new Float32Array(1024);
  let heard: { atMs: number; is: boolean | null } = { atMs: 0, is: null };
  /** Whether the page's sound is to be heard now. Null when that cannot be measured. */
  const audible = (): boolean | null => {
    const nowMs = Date.now();
    if (nowMs - heard.atMs >= SAMPLE_MS / 2) heard = { atMs: nowMs, is: measure() };
    return heard.is;
  };
  const measure = (): boolean | null => {
    const streams = [...document.querySelectorAll<HTMLMediaElement>('audio, video')]
      .map(({ srcObject, muted }) => (srcObject instanceof MediaStream && !muted ? srcObject : null))
      .filter((stream) => stream?.getAudioTracks().some(({ readyState }) => readyState === 'live'));
    try {
      context ??= new AudioContext();
      if (context.state !== 'running' || streams.length === 0) return null;
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
      return null;
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
    const ear: Ear = { sounds: new Map(), done: [], signal: false, unseenSpeechMs: null, movedAtMs: 0 };
    const tileOf = (target: EventTarget | null) =>
      lib.zones.tile !== '' && target instanceof Element ? target.closest(lib.zones.tile) : null;
    const observer = new MutationObserver((records) => {
      const nowMs = Date.now();
      const noted = new Set<Element>();
      for (const { target, attributeName, oldValue } of records) {
        const tile = tileOf(target);
        if (!tile || !(target instanceof Element) || noted.has(target) || !isMeter(target, attributeName))
          continue;
        noted.add(target);
        const old = (name: string) => (name === attributeName ? oldValue : target.getAttribute(name)) ?? '';
        note(target, tile, stateFrom(old('class'), old('style')), nowMs);
      }
    });
    observer.observe(document.documentElement, {
      subtree: true,
      attributes: true,
      attributeOldValue: true,
      attributeFilter: ['class', 'style'],
    });
    for (const kind of ['pointerover', 'pointerout', 'mouseover', 'mouseout']) {
      const point = ({ target }: Event) => {
        const tile = tileOf(target);
        if (tile) pointedAt.set(tile, Date.now());
      };
      document.addEventListener(kind, point, { capture: true, passive: true });
    }
    survey(lib.tiles(), Date.now());
    const speaking = (nowMs: number): Map<string, Span> => {
      const ids = new Map<string, Span>();
      const add = (element: Element, span: Span = { fromMs: nowMs, toMs: nowMs }) => {
        const tile = element.closest(lib.zones.tile) ?? element.querySelector(lib.zones.tile);
        const id = tile ? idOf(tile) : '';
        if (id !== '') ids.set(id, span);
      };
      const tiles = lib.tiles();
      survey(tiles, nowMs);
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
      for (const [tile, span] of moving(tiles, nowMs, (sound) => {
        ear.signal = true;
        ear.done.push(sound);
      })) {
        ear.signal = true;
        ear.movedAtMs = nowMs;
        add(tile, span);
      }
      if (nowMs - ear.movedAtMs < TRUSTED_MS) return ids;
      const speaker = inSpeakerFrame();
      if (speaker !== '' && audible() !== false) {
        ear.signal = true;
        ids.set(speaker, { fromMs: nowMs, toMs: nowMs });
      }
      return ids;
    };
    setInterval(() => {
      const nowMs = Date.now();
      const ids = speaking(nowMs);
      if (!ear.signal && audible() !== null) {
        ear.unseenSpeechMs = (ear.unseenSpeechMs ?? 0) + (audible() ? SAMPLE_MS : 0);
      }
      for (const [id, { fromMs, toMs }] of ids) {
        const sound = ear.sounds.get(id);
        // A delayed timer took no samples for a while. That is not counted as silence, if it was short.
        if (sound && fromMs - sound.toMs < 20 * SAMPLE_MS) sound.toMs = Math.max(sound.toMs, toMs);
        else {
          if (sound) ear.done.push(sound);
          ear.sounds.set(id, { id, fromMs, toMs });
        }
      }
      const silent = [...ear.sounds.values()].filter(({ id }) => !ids.has(id));
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
  return { sounds, nowMs: Date.now(), signal: ear.signal, unseenSpeechMs: ear.unseenSpeechMs };
}
