// The user of a fault run: books, edits and cancels over HTTP, and repeats each request with its idempotency key
// until it gets an answer.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from './random.ts';

export interface Booking {
  id: string;
  /** The join time, or the time of the booking when that is later; ms since 1970. */
  wantedAtMs: number;
  cancelled: boolean;
  edited: boolean;
}

const botSchema = z.object({ id: z.string(), join_at: z.string(), created_at: z.string() });
const MEETING = 'https://meet.google.com/abc-defg-hij';
const CALL_TIMEOUT_MS = 4_000;

export class Booker {
  readonly bookings: Booking[] = [];
  /** Requests that were answered with an unexpected 4xx; there should be none. */
  readonly refused: string[] = [];
  readonly #apiUrl: string;
  readonly #apiKey: string;

  constructor(apiUrl: string, apiKey: string) {
    this.#apiUrl = apiUrl;
    this.#apiKey = apiKey;
  }

  /** Books a bot with a join time `inMs` from now; without a join time when that is 0. Null: refused. */
  async book(random: Random, inMs: number): Promise<Booking | null> {
    const body = {
      meeting_url: MEETING,
      display_name: 'Faults',
      priority: Math.floor(random.between(0, 11)),
      // Short, so that a bot whose clock is wrong would be stopped if overstaying were measured by its clock.
      automatic_leave: { max_duration_seconds: 60 },
      ...(inMs > 0 ? { join_at: new Date(Date.now() + inMs).toISOString() } : {}),
    };
    const answer = await this.#until('POST', '/v1/bots', body, crypto.randomUUID());
    if (answer === null) return null;
    const booking = { ...wanted(answer), cancelled: false, edited: false };
    this.bookings.push(booking);
    return booking;
  }

  /** Moves the join time of a booking. A bot that has knocked already keeps its booking. */
  async move(booking: Booking, inMs: number): Promise<void> {
    booking.edited = true;
    const joinAt = new Date(Date.now() + inMs).toISOString();
    const answer = await this.#until('PATCH', `/v1/bots/${booking.id}`, { join_at: joinAt }, '');
    if (answer !== null) booking.wantedAtMs = wanted(answer).wantedAtMs;
  }

  async cancel(booking: Booking): Promise<void> {
    booking.cancelled = true;
    await this.#until('DELETE', `/v1/bots/${booking.id}`, undefined, crypto.randomUUID());
  }

  /** Repeats a request until it is answered. Returns null when it is refused with a 4xx. */
  async #until(method: string, path: string, body: unknown, key: string): Promise<unknown> {
    for (;;) {
      try {
        const response = await fetch(this.#apiUrl + path, {
          method,
          headers: {
            authorization: `Bearer ${this.#apiKey}`,
            ...(key === '' ? {} : { 'idempotency-key': key }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        });
        const text = await response.text();
        if (response.ok) return text ? JSON.parse(text) : undefined;
        if (response.status < 500 && ![408, 429].includes(response.status)) {
          // 409 is expected: the bot has ended, or it is in the room and can no longer be edited.
          if (response.status !== 409) this.refused.push(`${method} ${path}: ${response.status} ${text}`);
          return null;
        }
      } catch {
        // No connection, or no answer in time: repeat the request with the same key.
      }
      await delay(200);
    }
  }
}

/** The bot's id and when it is wanted, from the API's answer. */
function wanted(answer: unknown): { id: string; wantedAtMs: number } {
  const bot = botSchema.parse(answer);
  return { id: bot.id, wantedAtMs: Math.max(Date.parse(bot.join_at), Date.parse(bot.created_at)) };
}
