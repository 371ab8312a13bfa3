// The smallest meeting that a bot can attend: one page that flashes and beeps, lists who is in it (before
// admission too), and asks the test's server whether the bot is admitted.
import type { ServerResponse } from 'node:http';

/** The state of the meeting: what the test decides, and what it observes of the bot. */
export interface RoomState {
  admitted: boolean;
  denied: boolean;
  people: string[];
  ended: 'meeting_ended' | 'removed' | 'page_lost' | null;
  knocked: number;
  /** When the page last made a request. */
  seenAtMs: number;
  left: boolean;
  /** Set by a test to make the driver crash its page. */
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

/** Answers requests for the page, and requests that the page makes. */
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
