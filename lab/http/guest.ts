// What a guest's page sends and receives: a knock, then one event stream for the
// whole stay. The stream is the guest's presence: when it is closed, the guest is gone.
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { z } from 'zod';
import type { Guest } from '../meetings/guest.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';
import { onlySameOrigin } from './edge.ts';
import { jsonBody, LabProblem, parse } from './problem.ts';

/** How often something is sent, to notice a page that is gone without a word. */
const KEEP_ALIVE_MS = 5_000;
/** Events that may wait for a page that does not read them; then it counts as gone. */
const MOST_WAITING = 1_000;

const knockSchema = z.object({
  name: z.string().trim().min(1).max(200),
  microphone_on: z.boolean(),
  camera_on: z.boolean(),
  /** What the guest's link carried or what it typed. */
  passcode: z.string().max(200).default(''),
});
const passcodeSchema = z.object({ passcode: z.string().max(200) });
const chatSchema = z.object({ text: z.string().min(1).max(1_024) });
const signalSchema = z.record(z.string(), z.unknown());

/** Sends the guest its events until the page goes away. `cut` ends the connection as it is. */
async function serveEvents(
  stream: SSEStreamingApi,
  { room, guest, cut }: { room: Room; guest: Guest; cut(): void },
): Promise<void> {
  const vanished = new Promise<void>((resolve) => {
    stream.onAbort(() => resolve());
  });
  let waiting = 0;
  const send = (work: () => Promise<unknown>) => {
    if (waiting >= MOST_WAITING) return cut();
    waiting += 1;
    work()
      .catch(() => room.leave(guest, 'closed'))
      .finally(() => {
        waiting -= 1;
      });
  };
  guest.attach((event) => send(() => stream.writeSSE({ data: JSON.stringify(event) })));
  const keepAlive = setInterval(() => send(() => stream.write(': still here\n\n')), KEEP_ALIVE_MS);
  await vanished;
  clearInterval(keepAlive);
  room.leave(guest, 'closed');
}

/** Routes under `/lab/guest`. */
export function guestRoutes(rooms: Rooms): Hono<{ Bindings: HttpBindings }> {
  const find = (c: Context): { room: Room; guest: Guest } => {
    const room = rooms.get(c.req.param('code') ?? '');
    const guest = room.guest(c.req.param('guest') ?? '');
    if (!guest) throw new LabProblem(404, 'guest_not_found', 'no such guest in this meeting');
    return { room, guest };
  };

  return (
    new Hono<{ Bindings: HttpBindings }>()
      // Reading changes something here: a stream is a stay.
      .use(onlySameOrigin)
      .post('/:code/knock', async (c) => {
        const room = rooms.get(c.req.param('code'));
        if (room.ended) throw new LabProblem(410, 'meeting_ended', 'this meeting has ended');
        const { passcode, ...knock } = parse(knockSchema, await jsonBody(c));
        if (!room.opensWith(passcode)) throw new LabProblem(403, 'wrong_passcode', 'the passcode is wrong');
        const guest = await room.knock(knock);
        return c.json({ guest_id: guest.id }, 201);
      })
      // For pages that ask for the passcode before they show anything else.
      .post('/:code/passcode', async (c) => {
        const room = rooms.get(c.req.param('code'));
        const { passcode } = parse(passcodeSchema, await jsonBody(c));
        if (!room.opensWith(passcode)) throw new LabProblem(403, 'wrong_passcode', 'the passcode is wrong');
        return c.body(null, 204);
      })
      .get('/:code/:guest/events', (c) => {
        const { room, guest } = find(c);
        // A browser reconnects a broken stream by itself; the first one was the guest's stay.
        if (guest.attached) throw new LabProblem(410, 'gone', 'this guest has left');
        const cut = () => void c.env.incoming.socket.destroy();
        return streamSSE(c, (stream) => serveEvents(stream, { room, guest, cut }));
      })
      .post('/:code/:guest/leave', (c) => {
        const { room, guest } = find(c);
        room.leave(guest, 'self');
        return c.body(null, 204);
      })
      .post('/:code/:guest/consent', (c) => {
        const { room, guest } = find(c);
        room.consent(guest);
        return c.body(null, 204);
      })
      .post('/:code/:guest/still-here', (c) => {
        const { room, guest } = find(c);
        room.stillHere(guest);
        return c.body(null, 204);
      })
      .post('/:code/:guest/unmuted', (c) => {
        const { room, guest } = find(c);
        room.unmuted(guest);
        return c.body(null, 204);
      })
      .post('/:code/:guest/chat', async (c) => {
        const { room, guest } = find(c);
        const { text } = parse(chatSchema, await jsonBody(c));
        if (guest.inCall) room.say(guest.stay.name, guest, text);
        return c.body(null, 204);
      })
      .post('/:code/:guest/signal', async (c) => {
        const { room, guest } = find(c);
        room.signal(guest, parse(signalSchema, await jsonBody(c)));
        return c.body(null, 204);
      })
  );
}
