// The judge's log: who was in a meeting, from when to when, by the lab's own
// clock. Two guests at once are two rows: that is how a double join shows.

/** How a guest's stay ended; `closed`: its page vanished. */
export type LeftBy = 'self' | 'closed' | 'removed' | 'ended' | 'denied' | 'no_response';

export interface GuestStay {
  guest_id: string;
  name: string;
  microphone_on: boolean;
  camera_on: boolean;
  knocked_at: string;
  admitted_at: string | null;
  /** When the guest accepted to be recorded in the call, where it was asked. */
  consented_at: string | null;
  left_at: string | null;
  left_by: LeftBy | null;
}

export interface PersonStay {
  name: string;
  tone_hz: number;
  joined_at: string;
  left_at: string | null;
}

export interface Turn {
  name: string;
  started_at: string;
  ended_at: string | null;
}

export interface ChatLine {
  id: string;
  at: string;
  from: string;
  /** The guest who wrote it; null for a simulated person. */
  guest_id: string | null;
  text: string;
}

/** Everything the lab saw in one meeting. All times are RFC 3339 with ms. */
export interface Presence {
  code: string;
  ended_at: string | null;
  guests: GuestStay[];
  participants: PersonStay[];
  turns: Turn[];
  chat: ChatLine[];
}

/** The time now, as the log writes it. */
export const stamp = (): string => new Date().toISOString();
