-- Version 5: the verification widget.

-- How an account uses it; no row: it does not.
CREATE TABLE widget_settings (
    account_id      INTEGER PRIMARY KEY,
    secret_sealed   BLOB,
    version_1       TEXT NOT NULL,          -- account | off | on | until
    version_1_until INTEGER,                -- until
    targets         TEXT NOT NULL,          -- one per line; empty: none
    frame_origins   TEXT NOT NULL,          -- one per line; empty: none
    signs_twice     INTEGER NOT NULL,
    is_origin_bound INTEGER NOT NULL,
    name            TEXT,
    accent          BLOB,                   -- 3 bytes: red, green, blue
    strip           BLOB,
    logo            BLOB                    -- PNG
) STRICT;

-- A person on the page, from the signed request to the signed answer.
CREATE TABLE widget_session (
    id              BLOB PRIMARY KEY,
    account_id      INTEGER NOT NULL,
    cookie          BLOB NOT NULL,          -- keyed digest
    wire            TEXT NOT NULL,          -- pass | password: version 1; two: version 2
    callback_url    TEXT NOT NULL,
    phone           TEXT,                   -- E.164, that the request named
    is_phone_locked INTEGER NOT NULL,
    nonce           TEXT,
    is_framed       INTEGER NOT NULL,
    step            TEXT NOT NULL,          -- number | code | done
    step_phone      TEXT,                   -- code: where to; done: what the answer is about
    verification_id BLOB,                   -- code
    expires_at      INTEGER,                -- code
    resend_at       INTEGER,                -- code
    status          TEXT,                   -- done: VERIFIED | CANCELLED
    done_at         INTEGER,                -- done
    confirmed_at    INTEGER,                -- done
    notice          TEXT,
    notice_until    INTEGER,
    typed           TEXT,
    rounds          INTEGER NOT NULL,
    starts          INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    used_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX widget_session_by_time ON widget_session (created_at);

-- How the widget of an account fares.
CREATE TABLE widget_traffic (
    account_id   INTEGER PRIMARY KEY,
    sends        BLOB NOT NULL,             -- 8 bytes each, big-endian: times, oldest first
    entered      BLOB NOT NULL,             -- the same
    attack_until INTEGER
) STRICT;
