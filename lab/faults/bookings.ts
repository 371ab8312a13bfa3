// The user of a fault run: books over HTTP, and repeats each request under its key
// until it has an answer.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from './random.ts';

export interface Booking {
  id: string;
  /** When the bot is wanted, ms since 1970. */
  wantedAtMs: number;
  cancelled: boolean;
  edited: boolean;
}

const botSchema = z.object({ id: z.string(), join_at: z.string(), created_at: z.string() });
const MEETING = 'https://meet.google.com/abc-defg-hij';
const CALL_TIMEOUT_MS = 4_000;

export class Booker {
  readonly bookings: Booking[] = [];
  /** Answers that say that the request itself was wrong: there should be none. */
  readonly refused: string[] = [];
  readonly #apiUrl: string;
  readonly #apiKey: string;

  constructor(apiUrl: string, apiKey: string) {
    this.#apiUrl = apiUrl;
    this.#apiKey = apiKey;
  }

  /** Books a bot that is wanted `inMs` from now; immediately when that is 0. */
  async book(random: Random, inMs: number): Promise<Booking | null> {
    const body = {
      meeting_url: MEETING,
      display_name: 'Faults',
      priority: Math.floor(random.between(0, 11)),
      // A bot that should have left long ago is stopped: by whose clock, the runs with wrong clocks show.
      automatic_leave: { max_duration_seconds: 60 },
      ...(inMs > 0 ? { join_at: new Date(Date.now() + inMs).toISOString() } : {}),
    };
    const answer = await this.#until('POST', '/v1/bots', body, crypto.randomUUID());
    if (answer === null) return null;
    const booking = { ...wanted(answer), cancelled: false, edited: false };
    this.bookings.push(booking);
    return booking;
  }

  /** Moves a booking; one whose bot has knocked already stays as it is. */
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

  /** Null: refused. */
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
          // A bot that has ended in the meantime needs no cancelling, one in the room no editing.
          if (response.status !== 409) this.refused.push(`${method} ${path}: ${response.status} ${text}`);
          return null;
        }
      } catch {
        // Down, cut, or too late: again, under the same key.
      }
      await delay(200);
    }
  }
}

/** When a bot is wanted, from the API's answer. */
function wanted(answer: unknown): { id: string; wantedAtMs: number } {
  const bot = botSchema.parse(answer);
  return { id: bot.id, wantedAtMs: Math.max(Date.parse(bot.join_at), Date.parse(bot.created_at)) };
}
