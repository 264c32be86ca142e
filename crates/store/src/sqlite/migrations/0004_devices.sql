-- Version 4: devices with the authenticator app, and what makes codes.

-- A device belongs to a number, not to a service.
CREATE TABLE device (
    id                  BLOB PRIMARY KEY,
    number_key          BLOB NOT NULL,      -- keyed name of the number that was proved
    name                TEXT NOT NULL,
    language            TEXT NOT NULL,      -- two letters
    sign_key            BLOB NOT NULL,      -- public halves, P-256, 65 bytes each
    wrap_key            BLOB NOT NULL,
    held_until          INTEGER,            -- it waits; NULL: it never did, or was approved
    approval_digest     BLOB,               -- keyed digest of the code; NULL: all three are
    approval_expires_at INTEGER,
    approval_attempts   INTEGER,            -- wrong codes
    push_sealed         BLOB,               -- where it is woken
    created_at          INTEGER NOT NULL,
    last_seen_at        INTEGER NOT NULL    -- to the minute
) STRICT, WITHOUT ROWID;
CREATE INDEX device_by_number ON device (number_key);

-- What makes a user's codes: one per user and device, and other programs.
-- user.devices_active is the number of the confirmed ones.
CREATE TABLE authenticator (
    service_id   BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    id           BLOB NOT NULL,
    device_id    BLOB,                      -- NULL: another program
    name         TEXT NOT NULL,
    algorithm    TEXT NOT NULL,             -- SHA1 | SHA256 | SHA512
    seed_sealed  BLOB NOT NULL,
    confirmed_at INTEGER,                   -- NULL: good for nothing yet
    attempts     INTEGER NOT NULL,          -- wrong codes that were given as proof
    last_step    INTEGER NOT NULL,          -- this step and all before it are spent
    drift        INTEGER NOT NULL,          -- steps that its clock is ahead
    resync_step  INTEGER,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    PRIMARY KEY (service_id, user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX authenticator_by_device ON authenticator (device_id) WHERE device_id IS NOT NULL;

-- How often the app was woken for logins of a user.
CREATE TABLE prompt (
    service_id   BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    id           BLOB NOT NULL,             -- of the last one
    expires_at   INTEGER NOT NULL,
    sent_at      BLOB NOT NULL,             -- 8 bytes each, big-endian: times, oldest first
    PRIMARY KEY (service_id, user_id)
) STRICT, WITHOUT ROWID;

-- Recovery codes that are still good; no row if there is none.
CREATE TABLE recovery (
    service_id BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    digests    BLOB NOT NULL,               -- 32 bytes each: keyed digests
    created_at INTEGER NOT NULL,
    PRIMARY KEY (service_id, user_id)
) STRICT, WITHOUT ROWID;

-- Nonces that devices have signed, until they are too old anyway.
CREATE TABLE app_nonce (
    digest BLOB PRIMARY KEY,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX app_nonce_by_time ON app_nonce (until);

-- A report tells of a message from a person or, with this, of a device.
ALTER TABLE report ADD COLUMN is_event INTEGER NOT NULL DEFAULT 0;

-- The users of a number in the order in which a device shows them: however many
-- there are, only those that are shown are read.
CREATE INDEX user_by_number ON user (number_key, created_at, id);
