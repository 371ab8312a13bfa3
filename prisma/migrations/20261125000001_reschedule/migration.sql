-- Editing a booking until the knock: one whose new time is further away than the
-- lead goes back to SCHEDULED, from the line or from its slot. Only adds.

INSERT INTO "bot_moves" ("from_status", "to_status") VALUES
  ('QUEUED', 'SCHEDULED'), ('DEPLOYING', 'SCHEDULED'), ('JOINING_CALL', 'SCHEDULED');
