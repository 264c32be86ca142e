-- Version 2. Hand-overs that left open whether the message went out; such a
-- message counts as sent, however it ends.
ALTER TABLE outbox ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;
