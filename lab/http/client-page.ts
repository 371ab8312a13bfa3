// A page of a meeting platform's client: an HTML file of the platform's folder, and the data with which its
// script begins (client/boot.js reads it).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Context } from 'hono';
import type { Room } from '../meetings/room.ts';
import { type Scenario, scenarioSchema } from '../meetings/scenario.ts';
import { pageTroubles } from '../meetings/troubles.ts';

const LAB = join(import.meta.dirname, '..');
/** What a page without a meeting behaves like. */
const DEFAULTS: Scenario = scenarioSchema.parse({});

/** The language of a page: `hl` wins, then an English browser; everybody else gets German. */
export function localeOf(hl: string | undefined, acceptLanguage: string | undefined): 'en' | 'de' {
  const wanted = hl ?? acceptLanguage ?? '';
  return wanted.trim().toLowerCase().startsWith('en') ? 'en' : 'de';
}

/** The keys of a scenario by which a page behaves; the others are the room's own business. */
function pageKeys(scenario: Scenario) {
  const { variant, access, consent, device_gate, popups } = scenario;
  const { name_input_rerenders, lobby_wording, slow_splash_ms, toolbar_in_lobby } = scenario;
  const troubles = Object.keys(pageTroubles) as (keyof typeof pageTroubles)[];
  return {
    ...{ variant, access, device_gate, popups, name_input_rerenders, lobby_wording, slow_splash_ms },
    ...{ toolbar_in_lobby, consent_before: consent === 'before' || consent === 'both' },
    ...Object.fromEntries(troubles.map((key) => [key, scenario[key]])),
  };
}

interface Opening {
  /** What the script shows first. */
  page: string;
  room: Room | undefined;
  /** What only this platform's script has to know. */
  more?: Record<string, unknown>;
}

/** The data with which a page's script begins. It takes as long as the scenario wants the page to take. */
export async function bootOf(c: Context, { page, room, more = {} }: Opening) {
  await setTimeout(room?.scenario.slow_page_ms ?? 0);
  return {
    page,
    // Only the page with the form can be left for the start page before the knock.
    bounces: page === 'prejoin' && (room?.bounces('before') ?? false),
    locale: localeOf(c.req.query('hl'), c.req.header('accept-language')),
    code: room?.code ?? null,
    ...pageKeys(room?.scenario ?? DEFAULTS),
    ...more,
  };
}

/** Answers with a platform's page: a file below `lab/`, whose text `"BOOT"` is replaced by the data. */
export async function clientPage(
  c: Context,
  { html, ...opening }: Opening & { html: string },
): Promise<Response> {
  const json = JSON.stringify(await bootOf(c, opening)).replaceAll('<', '\\u003c');
  const template = await readFile(join(LAB, html), 'utf8');
  return c.html(template.replace('"BOOT"', () => json));
}
