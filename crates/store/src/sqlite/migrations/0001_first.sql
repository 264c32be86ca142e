-- Version 1. Times are UTC milliseconds since 1970-01-01. Ids are 16 bytes.
-- Tables that grow with traffic are clustered by the user's key, so that one
-- verification touches few pages.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('accounts_version', 0);

CREATE TABLE account (
    id             INTEGER PRIMARY KEY,
    username       TEXT NOT NULL UNIQUE,
    secret_digest  BLOB,            -- issued password: keyed digest
    secret_hash    TEXT,            -- chosen password: Argon2id, PHC form
    is_enabled     INTEGER NOT NULL,
    is_compat      INTEGER NOT NULL,
    create_status  TEXT,            -- auto | 200 | 201 | NULL: as the server
    countries      TEXT NOT NULL,   -- all | EE,FI,…
    allow_from     TEXT NOT NULL,   -- networks, comma separated; empty: all
    sms_per_second INTEGER,         -- own limits; NULL: as the server
    sms_per_day    INTEGER,
    created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE service (
    id         BLOB PRIMARY KEY,
    account_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    host       TEXT NOT NULL,
    host_text  TEXT NOT NULL,       -- fqdn as given
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_by_name ON service (account_id, name);

CREATE TABLE user (
    service_id     BLOB NOT NULL,
    id             BLOB NOT NULL,
    login          TEXT NOT NULL,   -- id_in_service
    phone          TEXT NOT NULL,   -- E.164
    number_key     BLOB NOT NULL,   -- keyed name of the phone number
    devices_active INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (service_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX user_by_login ON user (service_id, login);

-- At most one per user. A success deletes the row; an expired one keeps no code.
CREATE TABLE verification (
    service_id   BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    id           BLOB NOT NULL,
    method       TEXT NOT NULL,     -- sms | totp
    code_digest  BLOB,              -- keyed digest of the code
    code_sealed  BLOB,              -- the code, sealed, to send it again
    code_length  INTEGER,
    attempts     INTEGER NOT NULL,
    is_exhausted INTEGER NOT NULL,
    sends        INTEGER NOT NULL,
    last_sent_at INTEGER,
    last_message BLOB,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (service_id, user_id)
) STRICT, WITHOUT ROWID;

-- What wrong codes cost a user; no row is a clean slate.
CREATE TABLE guard (
    service_id               BLOB NOT NULL,
    user_id                  BLOB NOT NULL,
    consecutive_failures     INTEGER NOT NULL,
    blocks                   INTEGER NOT NULL,
    blocked_until            INTEGER,
    milliunits_since_success INTEGER NOT NULL,
    failure_days             TEXT NOT NULL,  -- day:milliunits,… (days since 1970)
    PRIMARY KEY (service_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE number_sends (
    number_key BLOB PRIMARY KEY,
    last_at    INTEGER NOT NULL,
    sends      BLOB NOT NULL        -- 12 bytes each, big-endian: time, service
) STRICT, WITHOUT ROWID;

CREATE TABLE account_sends (
    account_id   INTEGER PRIMARY KEY,
    second       INTEGER NOT NULL,  -- seconds since 1970
    second_sends INTEGER NOT NULL,
    hours        TEXT NOT NULL      -- hour:messages,… (hours since 1970)
) STRICT;

-- Messages that no gateway has taken yet. The text is sealed; the row goes
-- when a gateway has it.
CREATE TABLE outbox (
    id              BLOB PRIMARY KEY,
    account_id      INTEGER NOT NULL,
    service_id      BLOB NOT NULL,
    user_id         BLOB NOT NULL,
    verification_id BLOB NOT NULL,
    phone           TEXT NOT NULL,
    sender          TEXT NOT NULL,
    text_sealed     BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    deadline        INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    lease           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What became of messages.
CREATE TABLE delivery (
    message_id      BLOB PRIMARY KEY,
    account_id      INTEGER NOT NULL,
    service_id      BLOB NOT NULL,
    verification_id BLOB NOT NULL,
    number_key      BLOB NOT NULL,
    country         TEXT,
    gateway         TEXT NOT NULL,
    state           TEXT NOT NULL,  -- accepted | failed | expired | cancelled
    attempts        INTEGER NOT NULL,
    queued_at       INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
