// The presence log, by which tests judge: who was in a meeting from when to when, by the lab's clock. Two
// guests at once are two rows, so a double join is visible.

/** How a guest's stay ended. `closed`: its page disappeared. `idle`: it did not say that it is still there. */
export type LeftBy = 'self' | 'closed' | 'removed' | 'ended' | 'denied' | 'no_response' | 'idle';

export interface GuestStay {
  guest_id: string;
  name: string;
  microphone_on: boolean;
  camera_on: boolean;
  knocked_at: string;
  admitted_at: string | null;
  /** When the guest agreed to be recorded. Null when it was not asked or did not agree. */
  consented_at: string | null;
  /** When the guest first turned its microphone on in the call. */
  unmuted_at: string | null;
  left_at: string | null;
  left_by: LeftBy | null;
}

export interface PersonStay {
  person_id: string;
  /** The name with which the person joined. */
  name: string;
  tone_hz: number;
  joined_at: string;
  left_at: string | null;
}

export interface Turn {
  person_id: string;
  /** The name that the person had when it began to speak. */
  name: string;
  started_at: string;
  ended_at: string | null;
}

export interface Rename {
  person_id: string;
  at: string;
  from: string;
  to: string;
}

/** What the platform's captions made of one stretch of speech. `text` is the last version. */
export interface Caption {
  id: string;
  person_id: string;
  name: string;
  started_at: string;
  ended_at: string | null;
  text: string;
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
  renames: Rename[];
  turns: Turn[];
  captions: Caption[];
  chat: ChatLine[];
}

/** The current time in the format of the log. */
export const stamp = (): string => new Date().toISOString();
