// The presence log, by which tests judge: who was in a meeting from when to when, by the lab's clock. Two
// guests at once are two rows, so a double join is visible.

/** How a guest's stay ended. `closed`: its page disappeared. */
export type LeftBy = 'self' | 'closed' | 'removed' | 'ended' | 'denied' | 'no_response';

export interface GuestStay {
  guest_id: string;
  name: string;
  microphone_on: boolean;
  camera_on: boolean;
  knocked_at: string;
  admitted_at: string | null;
  /** When the guest agreed to be recorded. Null when it was not asked or did not agree. */
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
  /** The guest who wrote it. Null for a simulated person. */
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

/** The current time in the format of the log. */
export const stamp = (): string => new Date().toISOString();
