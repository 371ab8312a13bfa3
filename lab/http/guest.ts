// What a guest's page says and hears: a knock, then one event stream for the
// whole stay. The stream is the guest's presence: closed, the guest is gone.
import { type Context, Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { z } from 'zod';
import type { Guest } from '../meetings/guest.ts';
import type { Room } from '../meetings/room.ts';
import type { Rooms } from '../meetings/rooms.ts';
import { jsonBody, LabProblem, parse } from './problem.ts';

/** So often a byte goes out, that a peer which is silently gone is noticed. */
const KEEP_ALIVE_MS = 5_000;

const knockSchema = z.object({
  name: z.string().trim().min(1).max(200),
  microphone_on: z.boolean(),
  camera_on: z.boolean(),
});
const chatSchema = z.object({ text: z.string().min(1).max(500) });
const signalSchema = z.record(z.string(), z.unknown());

/** Sends the guest its events until the page goes away or the stay ends. */
async function serveEvents(stream: SSEStreamingApi, room: Room, guest: Guest): Promise<void> {
  const vanished = new Promise<void>((resolve) => {
    stream.onAbort(() => resolve());
  });
  guest.attach((event) => {
    stream.writeSSE({ data: JSON.stringify(event) }).catch(() => room.leave(guest, 'closed'));
  });
  const keepAlive = setInterval(() => {
    stream.write(': still here\n\n').catch(() => room.leave(guest, 'closed'));
  }, KEEP_ALIVE_MS);
  await vanished;
  clearInterval(keepAlive);
  room.leave(guest, 'closed');
}

/** Routes under `/lab/guest`. */
export function guestRoutes(rooms: Rooms): Hono {
  const find = (c: Context): { room: Room; guest: Guest } => {
    const room = rooms.get(c.req.param('code') ?? '');
    const guest = room.guest(c.req.param('guest') ?? '');
    if (!guest) throw new LabProblem(404, 'guest_not_found', 'no such guest in this meeting');
    return { room, guest };
  };

  return new Hono()
    .post('/:code/knock', async (c) => {
      const room = rooms.get(c.req.param('code'));
      if (room.ended) throw new LabProblem(410, 'meeting_ended', 'this meeting has ended');
      const guest = await room.knock(parse(knockSchema, await jsonBody(c)));
      return c.json({ guest_id: guest.id }, 201);
    })
    .get('/:code/:guest/events', (c) => {
      const { room, guest } = find(c);
      // A browser reconnects a broken stream by itself; the first one was the guest's stay.
      if (guest.attached) throw new LabProblem(410, 'gone', 'this guest has left');
      return streamSSE(c, (stream) => serveEvents(stream, room, guest));
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
    });
}
