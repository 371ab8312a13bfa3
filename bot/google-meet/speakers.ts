import type { Page } from 'playwright';
import { inPage } from './in-page.ts';
import { AUDIO_LEVEL, EFFECTS_LABEL, SPEAKING_CLASSES, TILE } from './selectors.ts';
import type { Sound } from './turns.ts';

/**
 * Returns who made sounds since the last call. A timer in the page samples it ten times a second, so that a
 * busy machine delays this call but loses no sounds. The first call, and one after a reload, starts the
 * timer.
 */
export function drainSounds(page: Page): Promise<{ sounds: Sound[]; nowMs: number }> {
  return inPage(page, drain, {
    level: AUDIO_LEVEL,
    classes: SPEAKING_CLASSES,
    tile: TILE,
    effects: EFFECTS_LABEL,
  });
}

interface Ear {
  sounds: Map<string, Sound>;
  done: Sound[];
}

function drain(
  _lib: unknown,
  arg: { level: string; classes: string[]; tile: string; effects: string },
): { sounds: Sound[]; nowMs: number } {
  const SAMPLE_MS = 100;
  const key = Symbol.for('meeboter.ear');
  const store = window as unknown as Record<symbol, Ear | undefined>;
  const effects = new RegExp(arg.effects, 'i');

  const speaking = (): Set<string> => {
    const levelled = [...document.querySelectorAll(`[${arg.level}]`)];
    const marked =
      levelled.length > 0
        ? levelled.filter((element) => Number(element.getAttribute(arg.level)) > 0)
        : [
            ...document.querySelectorAll(
              arg.classes.map((name) => `${arg.tile} .${name}, ${arg.tile}.${name}`).join(','),
            ),
          ];
    const ids = marked.flatMap((element) => {
      const tile = element.closest(arg.tile) ?? element.querySelector(arg.tile);
      const id = tile?.getAttribute('data-participant-id');
      return id && !effects.test(tile?.ariaLabel ?? '') ? [id] : [];
    });
    return new Set(ids);
  };
  const listen = (): Ear => {
    const ear: Ear = { sounds: new Map(), done: [] };
    setInterval(() => {
      const nowMs = Date.now();
      for (const id of speaking()) {
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
  return { sounds, nowMs: Date.now() };
}
