-- Version 1: what the embedded database has in its version 5, with the same
-- names, but for the table of users (user is a word of the language here).
-- Times are UTC milliseconds since 1970-01-01, numbers are BIGINT, ids 16 bytes.
-- Tables that grow with traffic have the key of account, user or number first.
--
-- touched: a step that adds what hangs on a row writes this into the row, so
-- that the database sees when another step removes it at the same time (ADR 18).
-- fillfactor: rows that are written again and again stay on their page.

CREATE TABLE meta (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('accounts_version', 0), ('prices_version', 0);

-- The root key that the database belongs to; one row.
CREATE TABLE root_key (
    place       BIGINT PRIMARY KEY,
    fingerprint BYTEA NOT NULL
);

-- Two steps that each read what the other adds write the same row here.
CREATE TABLE crossing (
    bucket  BIGINT PRIMARY KEY,
    touched BIGINT NOT NULL
);

CREATE TABLE account (
    id                  BIGINT PRIMARY KEY,
    username            TEXT COLLATE "C" NOT NULL UNIQUE,
    secret_digest       BYTEA,           -- issued password: keyed digest
    secret_hash         TEXT,            -- chosen password: Argon2id, PHC form
    is_enabled          BOOLEAN NOT NULL,
    is_compat           BOOLEAN NOT NULL,
    create_status       TEXT,            -- auto | 200 | 201 | NULL: as the server
    countries           TEXT NOT NULL,   -- all | EE,FI,…
    allow_from          TEXT NOT NULL,   -- networks, comma separated; empty: all
    sms_per_second      BIGINT,          -- own limits; NULL: as the server
    sms_per_day         BIGINT,
    created_at          BIGINT NOT NULL,
    home_country        TEXT,            -- not foreign to the account (D-31)
    query_credentials   BOOLEAN NOT NULL,
    senders             TEXT NOT NULL,   -- comma separated, the default first
    number_profile      TEXT NOT NULL,
    trusts_cookies      BOOLEAN NOT NULL,
    address_limits      BOOLEAN NOT NULL,
    report_url          TEXT,
    sms_per_hour        BIGINT,
    country_sms_per_day BIGINT
);

CREATE TABLE service (
    id         BYTEA PRIMARY KEY,
    account_id BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    host       TEXT NOT NULL,
    host_text  TEXT NOT NULL,            -- fqdn as given
    created_at BIGINT NOT NULL,
    touched    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX service_by_name ON service (account_id, name);

CREATE TABLE users (
    service_id     BYTEA NOT NULL,
    id             BYTEA NOT NULL,
    login          TEXT COLLATE "C" NOT NULL,  -- id_in_service
    phone          TEXT NOT NULL,        -- E.164
    number_key     BYTEA NOT NULL,       -- keyed name of the phone number
    devices_active BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    touched        BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX user_by_login ON users (service_id, login);
-- The users of a number in the order in which a device shows them.
CREATE INDEX user_by_number ON users (number_key, created_at, id);

-- At most one per user. A success deletes the row; an expired one keeps no code.
CREATE TABLE verification (
    service_id   BYTEA NOT NULL,
    user_id      BYTEA NOT NULL,
    id           BYTEA NOT NULL,
    method       TEXT NOT NULL,          -- sms | totp
    code_digest  BYTEA,                  -- keyed digest of the code
    code_sealed  BYTEA,                  -- the code, sealed, to send it again
    code_length  BIGINT,
    attempts     BIGINT NOT NULL,
    is_exhausted BOOLEAN NOT NULL,
    sends        BIGINT NOT NULL,
    last_sent_at BIGINT,
    last_message BYTEA,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (service_id, user_id)
) WITH (fillfactor = 80);

-- What wrong codes cost a user; no row is a clean slate.
CREATE TABLE guard (
    service_id               BYTEA NOT NULL,
    user_id                  BYTEA NOT NULL,
    consecutive_failures     BIGINT NOT NULL,
    blocks                   BIGINT NOT NULL,
    blocked_until            BIGINT,
    milliunits_since_success BIGINT NOT NULL,
    failure_days             TEXT NOT NULL,  -- day:milliunits,… (days since 1970)
    PRIMARY KEY (service_id, user_id)
) WITH (fillfactor = 80);

CREATE TABLE number_sends (
    number_key BYTEA PRIMARY KEY,
    last_at    BIGINT NOT NULL,
    sends      BYTEA NOT NULL            -- 12 bytes each, big-endian: time, service
) WITH (fillfactor = 60);

CREATE TABLE account_sends (
    account_id   BIGINT PRIMARY KEY,
    second       BIGINT NOT NULL,        -- seconds since 1970
    second_sends BIGINT NOT NULL,
    hours        TEXT NOT NULL,          -- hour:messages,… (hours since 1970)
    countries    TEXT NOT NULL           -- country:hour:messages,…
) WITH (fillfactor = 20);

CREATE TABLE address_sends (
    address_key BYTEA PRIMARY KEY,       -- keyed name of an address or network
    last_at     BIGINT NOT NULL,
    starts      BYTEA NOT NULL,          -- 12 bytes each, big-endian: time, number
    checks      BYTEA NOT NULL           -- 8 bytes each, big-endian: time
) WITH (fillfactor = 60);

-- Messages that no gateway has taken yet. The text is sealed; the row goes
-- when a gateway has it. A message of an API client names it and has zero bytes
-- for service, user and verification.
CREATE TABLE outbox (
    id              BYTEA PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    service_id      BYTEA NOT NULL,
    user_id         BYTEA NOT NULL,
    verification_id BYTEA NOT NULL,
    phone           TEXT NOT NULL,
    sender          TEXT NOT NULL,
    text_sealed     BYTEA NOT NULL,
    created_at      BIGINT NOT NULL,
    deadline        BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    next_at         BIGINT NOT NULL,
    lease           BIGINT NOT NULL,
    in_doubt        BIGINT NOT NULL,
    sms_id          BYTEA,
    is_data         BOOLEAN NOT NULL,    -- text_sealed holds hex digits
    header          BYTEA,               -- user data header
    class           BIGINT,              -- message class 0–3
    trail           TEXT NOT NULL,       -- gateway:end,…
    only_gateway    TEXT,                -- no other may have it
    is_kept         BOOLEAN NOT NULL     -- a gateway has it; next_at: until when
);

-- What became of messages.
CREATE TABLE delivery (
    message_id      BYTEA PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    service_id      BYTEA NOT NULL,
    user_id         BYTEA NOT NULL,
    verification_id BYTEA NOT NULL,
    sms_id          BYTEA,
    number_key      BYTEA NOT NULL,
    country         TEXT,
    gateway         TEXT NOT NULL,
    state           TEXT NOT NULL,       -- accepted | failed | expired | cancelled
    attempts        BIGINT NOT NULL,
    in_doubt        BIGINT NOT NULL,
    queued_at       BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    receipt         TEXT,                -- strongest receipt that came
    receipt_at      BIGINT,
    trail           TEXT NOT NULL,
    choice          TEXT NOT NULL,       -- why this gateway
    parts           TEXT NOT NULL,       -- receipt,… of each part; empty: as a whole
    cause           TEXT,
    code            TEXT                 -- the gateway's own, of a failure
);

-- Number confirmations: the id that a client has, and what repeats need. The
-- verification is kept under the same service and user.
CREATE TABLE confirmation (
    account_id   BIGINT NOT NULL,
    id           BYTEA NOT NULL,
    service_id   BYTEA NOT NULL,
    user_id      BYTEA NOT NULL,
    phone        TEXT NOT NULL,          -- E.164
    number_key   BYTEA NOT NULL,
    template     TEXT NOT NULL,
    sender       TEXT NOT NULL,
    messages_max BIGINT NOT NULL,
    repeat_pause BIGINT NOT NULL,        -- milliseconds
    repeat_at    BIGINT,
    cookie       BYTEA,                  -- keyed digests of what the caller told
    network      BYTEA,
    agent        BYTEA,
    forget_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX confirmation_by_repeat ON confirmation (repeat_at) WHERE repeat_at IS NOT NULL;

-- Browsers that have proved that their person holds a number.
CREATE TABLE trust (
    account_id BIGINT NOT NULL,
    number_key BYTEA NOT NULL,
    cookie     BYTEA NOT NULL,           -- keyed digests, all three
    network    BYTEA,
    agent      BYTEA,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, number_key, cookie)
);

CREATE TABLE blocked_number (
    account_id BIGINT NOT NULL,
    number_key BYTEA NOT NULL,
    masked     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, number_key)
);

-- Money in 1/100,000 euro. An account without a row does not pay.
CREATE TABLE balance (
    account_id BIGINT PRIMARY KEY,
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    reserved   BIGINT NOT NULL CHECK (reserved BETWEEN 0 AND amount)
) WITH (fillfactor = 20);

CREATE TABLE price (
    country      TEXT COLLATE "C" NOT NULL,
    country_name TEXT NOT NULL,
    mccmnc       TEXT COLLATE "C" NOT NULL,  -- empty: the country as a whole
    network      TEXT NOT NULL,
    price        BIGINT NOT NULL,        -- of a segment, in 1/100,000 euro
    PRIMARY KEY (country, mccmnc)
);

-- Messages of API clients.
CREATE TABLE sms (
    id             BYTEA PRIMARY KEY,
    account_id     BIGINT NOT NULL,
    message_id     BYTEA NOT NULL,
    state          TEXT NOT NULL,
    err            BIGINT NOT NULL,
    phone          TEXT,                 -- until a gateway has it or it ended
    number_key     BYTEA NOT NULL,
    sender         TEXT NOT NULL,
    is_data        BOOLEAN NOT NULL,
    header         BYTEA,
    class          BIGINT,
    scheduled_text BYTEA,                -- sealed, until its time comes
    parts          BIGINT NOT NULL,
    price          BIGINT NOT NULL,
    report_url     TEXT,
    text_store     TEXT NOT NULL,        -- plaintext | sha256 | nostore
    kept_sealed    BYTEA,
    kept_digest    BYTEA,
    created_at     BIGINT NOT NULL,
    send_at        BIGINT NOT NULL,
    deadline       BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL
);
CREATE INDEX sms_by_time ON sms (send_at) WHERE state = 'scheduled';
CREATE INDEX sms_by_number ON sms (number_key, send_at) WHERE state = 'scheduled';

-- Calls that are owed to API clients.
CREATE TABLE report (
    id         BYTEA PRIMARY KEY,        -- ordered by time
    account_id BIGINT NOT NULL,
    sms_id     BYTEA,                    -- what became of this message …
    state      TEXT,
    err        BIGINT,
    body       BYTEA,                    -- … or a message from a person or an event, sealed
    signature  TEXT,
    url        TEXT NOT NULL,
    attempts   BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    lease      BIGINT NOT NULL,
    is_event   BOOLEAN NOT NULL
);
CREATE INDEX report_by_sms ON report (sms_id, id) WHERE sms_id IS NOT NULL;
CREATE INDEX report_by_time ON report (next_at);

-- Names that gateways give to messages.
CREATE TABLE reference (
    gateway    TEXT COLLATE "C" NOT NULL,
    form       TEXT COLLATE "C" NOT NULL,
    message_id BYTEA NOT NULL,
    part       BIGINT NOT NULL,
    number_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, form, message_id, part)
);
CREATE INDEX reference_by_time ON reference (created_at);

-- Receipts that came before the name of their message.
CREATE TABLE orphan (
    gateway    TEXT COLLATE "C" NOT NULL,
    form       TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    cause      TEXT,
    code       TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, form, state)
);
CREATE INDEX orphan_by_time ON orphan (created_at);

-- What the operator wants of a gateway, and what the server last saw of it.
CREATE TABLE gateway_pause (
    gateway   TEXT COLLATE "C" PRIMARY KEY,
    paused_at BIGINT NOT NULL
);

CREATE TABLE gateway_view (
    gateway TEXT COLLATE "C" PRIMARY KEY,
    is_open BOOLEAN NOT NULL,
    reason  TEXT NOT NULL,               -- why it is closed
    since   BIGINT NOT NULL,             -- as it is now
    detail  TEXT NOT NULL,               -- for people, lines
    seen_at BIGINT NOT NULL
);

-- A device belongs to a number, not to a service.
CREATE TABLE device (
    id                  BYTEA PRIMARY KEY,
    number_key          BYTEA NOT NULL,  -- keyed name of the number that was proved
    name                TEXT NOT NULL,
    language            TEXT NOT NULL,   -- two letters
    sign_key            BYTEA NOT NULL,  -- public halves, P-256, 65 bytes each
    wrap_key            BYTEA NOT NULL,
    held_until          BIGINT,          -- it waits; NULL: it never did, or was approved
    approval_digest     BYTEA,           -- keyed digest of the code; NULL: all three are
    approval_expires_at BIGINT,
    approval_attempts   BIGINT,          -- wrong codes
    push_sealed         BYTEA,           -- where it is woken
    created_at          BIGINT NOT NULL,
    last_seen_at        BIGINT NOT NULL, -- to the minute
    touched             BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX device_by_number ON device (number_key);

-- What makes a user's codes: one per user and device, and other programs.
-- users.devices_active is the number of the confirmed ones.
CREATE TABLE authenticator (
    service_id   BYTEA NOT NULL,
    user_id      BYTEA NOT NULL,
    id           BYTEA NOT NULL,
    device_id    BYTEA,                  -- NULL: another program
    name         TEXT NOT NULL,
    algorithm    TEXT NOT NULL,          -- hash of RFC 6238, by its name
    seed_sealed  BYTEA NOT NULL,
    confirmed_at BIGINT,                 -- NULL: good for nothing yet
    attempts     BIGINT NOT NULL,        -- wrong codes that were given as proof
    last_step    BIGINT NOT NULL,        -- this step and all before it are spent
    drift        BIGINT NOT NULL,        -- steps that its clock is ahead
    resync_step  BIGINT,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (service_id, user_id, id)
);
CREATE INDEX authenticator_by_device ON authenticator (device_id) WHERE device_id IS NOT NULL;

-- How often the app was woken for logins of a user.
CREATE TABLE prompt (
    service_id BYTEA NOT NULL,
    user_id    BYTEA NOT NULL,
    id         BYTEA NOT NULL,           -- of the last one
    expires_at BIGINT NOT NULL,
    sent_at    BYTEA NOT NULL,           -- 8 bytes each, big-endian: times, oldest first
    PRIMARY KEY (service_id, user_id)
);

-- Recovery codes that are still good; no row if there is none.
CREATE TABLE recovery (
    service_id BYTEA NOT NULL,
    user_id    BYTEA NOT NULL,
    digests    BYTEA NOT NULL,           -- 32 bytes each: keyed digests
    created_at BIGINT NOT NULL,
    PRIMARY KEY (service_id, user_id)
);

-- Nonces that devices have signed, until they are too old anyway.
CREATE TABLE app_nonce (
    digest BYTEA PRIMARY KEY,
    until  BIGINT NOT NULL
);
CREATE INDEX app_nonce_by_time ON app_nonce (until);

-- How an account uses the widget; no row: it does not.
CREATE TABLE widget_settings (
    account_id      BIGINT PRIMARY KEY,
    secret_sealed   BYTEA,
    version_1       TEXT NOT NULL,       -- account | off | on | until
    version_1_until BIGINT,              -- until
    targets         TEXT NOT NULL,       -- one per line; empty: none
    frame_origins   TEXT NOT NULL,       -- one per line; empty: none
    signs_twice     BOOLEAN NOT NULL,
    is_origin_bound BOOLEAN NOT NULL,
    name            TEXT,
    accent          BYTEA,               -- 3 bytes: red, green, blue
    strip           BYTEA,
    logo            BYTEA                -- PNG
);

-- A person on the page, from the signed request to the signed answer.
CREATE TABLE widget_session (
    id              BYTEA PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    cookie          BYTEA NOT NULL,      -- keyed digest
    wire            TEXT NOT NULL,       -- pass | password: version 1; two: version 2
    callback_url    TEXT NOT NULL,
    phone           TEXT,                -- E.164, that the request named
    is_phone_locked BOOLEAN NOT NULL,
    nonce           TEXT,
    is_framed       BOOLEAN NOT NULL,
    step            TEXT NOT NULL,       -- number | code | done
    step_phone      TEXT,                -- code: where to; done: what the answer is about
    verification_id BYTEA,               -- code
    expires_at      BIGINT,              -- code
    resend_at       BIGINT,              -- code
    status          TEXT,                -- done: VERIFIED | CANCELLED
    done_at         BIGINT,              -- done
    confirmed_at    BIGINT,              -- done
    notice          TEXT,
    notice_until    BIGINT,
    typed           TEXT,
    rounds          BIGINT NOT NULL,
    starts          BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    used_at         BIGINT NOT NULL
);
CREATE INDEX widget_session_by_time ON widget_session (created_at);

-- How the widget of an account fares.
CREATE TABLE widget_traffic (
    account_id   BIGINT PRIMARY KEY,
    sends        BYTEA NOT NULL,         -- 8 bytes each, big-endian: times, oldest first
    entered      BYTEA NOT NULL,         -- the same
    attack_until BIGINT
) WITH (fillfactor = 20);
