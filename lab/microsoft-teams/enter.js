// The client's first step: finds in its own address which meeting this is, asks the lab about it, and starts.
const address = new URL(location.href);

/** The meeting's code and passcode, from the part after the # or from the light client's coordinates. */
function meeting() {
  const coords = address.searchParams.get('coords');
  if (coords) {
    const { conversationId = '', meetingCode, passcode = '' } = JSON.parse(atob(coords));
    return { code: meetingCode ?? threadOf(conversationId), passcode };
  }
  const link = decodeURIComponent(address.hash);
  const number = /\/meet\/(\d{9,15})/.exec(link)?.[1];
  return { code: number ?? threadOf(link), passcode: /[?&]p=([^&]*)/.exec(link)?.[1] ?? '' };
}

const threadOf = (text) => /19:meeting_([\w-]+)@thread\.v2/.exec(text)?.[1] ?? '';

async function enter() {
  const { code, passcode } = meeting();
  const query = new URLSearchParams({ code, passcode });
  for (const [ours, theirs] of Object.entries({ hl: 'hl', light: 'lightExperience' })) {
    if (address.searchParams.has(theirs)) query.set(ours, address.searchParams.get(theirs));
  }
  const boot = await (await fetch(`/lab/microsoft-teams/boot?${query}`)).json();
  if (code === '') boot.page = 'start';
  document.querySelector('#boot').textContent = JSON.stringify({ ...boot, passcode });
  await import('./main.js');
}

// Another meeting's address that differs only behind the # does not load the page by itself.
addEventListener('hashchange', () => location.reload());
await enter();
