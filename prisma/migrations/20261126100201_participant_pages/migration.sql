-- The pages of a bot's participants, in the order of their joining.
CREATE INDEX "participants_bot_id_joined_at_id_idx" ON "participants"("bot_id", "joined_at", "id");
