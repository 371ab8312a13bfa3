// The smallest meeting a bot can attend: a page that flashes and beeps, lists who is in it also before the
// bot is, and asks the test's server whether the bot is in.
import type { ServerResponse } from 'node:http';

/** What the test decides, and what it sees of the bot. */
export interface RoomState {
  admitted: boolean;
  denied: boolean;
  people: string[];
  ended: 'meeting_ended' | 'removed' | 'page_lost' | null;
  knocked: number;
  /** When the page was heard of for the last time. */
  seenAtMs: number;
  left: boolean;
  /** Set by a test: the bot's driver crashes its page. */
  crash?: boolean;
}

const PAGE = `<!doctype html><title>Meeting</title>
<body style="margin:0;background:#fff"><h1 id=said>pre-join</h1><p id=people title=people></p><script>
window.room = null
setInterval(async () => {
  window.room = await (await fetch('/meeting/state')).json()
  people.textContent = people.title = window.room.people.join(', ')
}, 100)
window.play = () => {
  const audio = new AudioContext()
  const tone = new OscillatorNode(audio, { frequency: 440 })
  tone.connect(audio.destination)
  tone.start()
  setInterval(() => { document.body.style.background = Date.now() % 1000 < 200 ? '#fff' : '#246' }, 50)
}
</script>`;

/** Answers for the page and for its calls. */
export function answerForMeeting(room: RoomState, url: URL, response: ServerResponse): void {
  if (url.pathname === '/meeting') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    return;
  }
  if (url.pathname === '/meeting/knock') room.knocked += 1;
  if (url.pathname === '/meeting/leave') room.left = true;
  room.seenAtMs = Date.now();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(room));
}
