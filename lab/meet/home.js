// The lab's front page: create a meeting, open it, see its log.
import { h } from '../client/dom.js';

const PRESETS = {
  'Three people, admitted after 2 s': {},
  'Open meeting: join at once': { access: 'open' },
  'Nobody lets you in (use the API to act)': { never_admit: true },
  'Denied after 3 s': { deny_after_ms: 3000 },
  'Nine people': { participants: 9, turn_ms: 2000 },
  'Recording consent before and after': { consent: 'both' },
  'Popups and a toast': { popups: true },
  'Network lost after 10 s, back after 6 s': { reconnect: { after_ms: 10000, for_ms: 6000 } },
  'Everybody leaves after 20 s': { everyone_leaves_after_ms: 20000 },
  'Host ends it after 30 s': { end_after_ms: 30000 },
  'Teams: full client': { platform: 'microsoft-teams' },
  'Teams: light client': { platform: 'microsoft-teams', variant: 1 },
  'Teams: older client, short link': { platform: 'microsoft-teams', variant: 2, link: 'short' },
  'Zoom: speaker view': { platform: 'zoom' },
  'Zoom: gallery of twelve': { platform: 'zoom', variant: 1, participants: 12, turn_ms: 2000 },
  'Zoom: the older client': { platform: 'zoom', variant: 2 },
};

const find = (id) => document.getElementById(id);
const preset = find('preset');
preset.append(...Object.keys(PRESETS).map((name) => h('option', {}, name)));
preset.addEventListener('change', () => {
  find('scenario').value = JSON.stringify(PRESETS[preset.value], null, 2);
});

find('make').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch('/lab/v1/meetings', { method: 'POST', body: find('scenario').value });
  find('failure').textContent = answer.ok ? '' : (await answer.json()).detail;
  await list();
});

/** A link that may have a query already, as the platforms' links with a passcode. */
function inEnglish(url) {
  const link = new URL(url);
  link.searchParams.set('hl', 'en');
  return link.href;
}

async function list() {
  const meetings = await (await fetch('/lab/v1/meetings')).json();
  const rows = meetings
    .reverse()
    .map(({ code, url, ended }) =>
      h(
        'li',
        {},
        h('a', { href: inEnglish(url), target: '_blank' }, url),
        h('a', { href: `/lab/v1/meetings/${code}/presence`, target: '_blank' }, 'log'),
        ended ? h('span', {}, 'ended') : null,
      ),
    );
  find('meetings').replaceChildren(...(rows.length ? rows : [h('li', {}, 'None yet.')]));
}

await list();
