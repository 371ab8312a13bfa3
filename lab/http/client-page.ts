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

/**
 * Answers with a platform's page.
 *
 * @param html The page's file, below `lab/`. Its text `"BOOT"` is replaced by the data.
 * @param page What the script shows first.
 * @param more What only this platform's script has to know.
 */
export async function clientPage(
  c: Context,
  {
    html,
    page,
    room,
    more = {},
  }: { html: string; page: string; room: Room | undefined; more?: Record<string, unknown> },
): Promise<Response> {
  await setTimeout(room?.scenario.slow_page_ms ?? 0);
  const boot = {
    page,
    // Only the page with the form can be left for the start page before the knock.
    bounces: page === 'prejoin' && (room?.bounces('before') ?? false),
    locale: localeOf(c.req.query('hl'), c.req.header('accept-language')),
    code: room?.code ?? null,
    ...pageKeys(room?.scenario ?? DEFAULTS),
    ...more,
  };
  const json = JSON.stringify(boot).replaceAll('<', '\\u003c');
  const template = await readFile(join(LAB, html), 'utf8');
  return c.html(template.replace('"BOOT"', () => json));
}
