-- Version 3: several gateways for a message, receipts by their own names.

ALTER TABLE outbox ADD COLUMN trail TEXT NOT NULL DEFAULT '';         -- gateway:end,…
ALTER TABLE outbox ADD COLUMN only_gateway TEXT;                      -- no other may have it
ALTER TABLE outbox ADD COLUMN is_kept INTEGER NOT NULL DEFAULT 0;     -- a gateway has it; next_at: until when
CREATE INDEX outbox_kept ON outbox (next_at) WHERE is_kept = 1;

ALTER TABLE delivery ADD COLUMN trail TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN choice TEXT NOT NULL DEFAULT '';      -- why this gateway
ALTER TABLE delivery ADD COLUMN parts TEXT NOT NULL DEFAULT '';       -- receipt,… of each part; empty: as a whole
ALTER TABLE delivery ADD COLUMN cause TEXT;
ALTER TABLE delivery ADD COLUMN code TEXT;                            -- the gateway's own, of a failure

-- Names that gateways give to messages.
CREATE TABLE reference (
    gateway    TEXT NOT NULL,
    form       TEXT NOT NULL,
    message_id BLOB NOT NULL,
    part       INTEGER NOT NULL,
    number_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (gateway, form, message_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_by_time ON reference (created_at);

-- Receipts that came before the name of their message.
CREATE TABLE orphan (
    gateway    TEXT NOT NULL,
    form       TEXT NOT NULL,
    state      TEXT NOT NULL,
    cause      TEXT,
    code       TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (gateway, form, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX orphan_by_time ON orphan (created_at);

-- What the operator wants of a gateway, and what the server last saw of it.
CREATE TABLE gateway_pause (
    gateway   TEXT PRIMARY KEY,
    paused_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gateway_view (
    gateway TEXT PRIMARY KEY,
    is_open INTEGER NOT NULL,
    reason  TEXT NOT NULL,      -- why it is closed
    since   INTEGER NOT NULL,   -- as it is now
    detail  TEXT NOT NULL,      -- for people, lines
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
