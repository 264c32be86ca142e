-- Version 2: number confirmations, messages of API clients, receipts.

ALTER TABLE account ADD COLUMN home_country TEXT;              -- not foreign to the account (D-31)
ALTER TABLE account ADD COLUMN query_credentials INTEGER NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN senders TEXT NOT NULL DEFAULT '';  -- comma separated, the default first
ALTER TABLE account ADD COLUMN number_profile TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE account ADD COLUMN trusts_cookies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN address_limits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN report_url TEXT;
ALTER TABLE account ADD COLUMN sms_per_hour INTEGER;
ALTER TABLE account ADD COLUMN country_sms_per_day INTEGER;

-- An account of version 1 with the legacy switches on has these too.
UPDATE account SET number_profile = 'short-when-asked', trusts_cookies = 1 WHERE is_compat = 1;
-- It is at home in the first country that it was made for.
UPDATE account SET home_country = substr(countries, 1, 2) WHERE countries NOT IN ('all', '');

ALTER TABLE account_sends ADD COLUMN countries TEXT NOT NULL DEFAULT '';  -- country:hour:messages,…

-- A message of an API client names it and has zero bytes for service, user and
-- verification.
ALTER TABLE outbox ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN sms_id BLOB;
ALTER TABLE outbox ADD COLUMN is_data INTEGER NOT NULL DEFAULT 0;  -- text_sealed holds hex digits
ALTER TABLE outbox ADD COLUMN header BLOB;                         -- user data header
ALTER TABLE outbox ADD COLUMN class INTEGER;                       -- message class 0–3

ALTER TABLE delivery ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN user_id BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE delivery ADD COLUMN sms_id BLOB;
ALTER TABLE delivery ADD COLUMN receipt TEXT;                      -- strongest receipt that came
ALTER TABLE delivery ADD COLUMN receipt_at INTEGER;

-- Number confirmations: the id that a client has, and what repeats need. The
-- verification is kept under the same service and user.
CREATE TABLE confirmation (
    account_id   INTEGER NOT NULL,
    id           BLOB NOT NULL,
    service_id   BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    phone        TEXT NOT NULL,     -- E.164
    number_key   BLOB NOT NULL,
    template     TEXT NOT NULL,
    sender       TEXT NOT NULL,
    messages_max INTEGER NOT NULL,
    repeat_pause INTEGER NOT NULL,  -- milliseconds
    repeat_at    INTEGER,
    cookie       BLOB,              -- keyed digests of what the caller told
    network      BLOB,
    agent        BLOB,
    forget_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX confirmation_by_repeat ON confirmation (repeat_at) WHERE repeat_at IS NOT NULL;

-- Browsers that have proved that their person holds a number.
CREATE TABLE trust (
    account_id INTEGER NOT NULL,
    number_key BLOB NOT NULL,
    cookie     BLOB NOT NULL,       -- keyed digests, all three
    network    BLOB,
    agent      BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, number_key, cookie)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocked_number (
    account_id INTEGER NOT NULL,
    number_key BLOB NOT NULL,
    masked     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, number_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE address_sends (
    address_key BLOB PRIMARY KEY,   -- keyed name of an address or network
    last_at     INTEGER NOT NULL,
    starts      BLOB NOT NULL,      -- 12 bytes each, big-endian: time, number
    checks      BLOB NOT NULL       -- 8 bytes each, big-endian: time
) STRICT, WITHOUT ROWID;

-- Money in 1/100,000 euro. An account without a row does not pay.
CREATE TABLE balance (
    account_id INTEGER PRIMARY KEY,
    amount     INTEGER NOT NULL CHECK (amount >= 0),
    reserved   INTEGER NOT NULL CHECK (reserved BETWEEN 0 AND amount)
) STRICT;

CREATE TABLE price (
    country      TEXT NOT NULL,
    country_name TEXT NOT NULL,
    mccmnc       TEXT NOT NULL,     -- empty: the country as a whole
    network      TEXT NOT NULL,
    price        INTEGER NOT NULL,  -- of a segment, in 1/100,000 euro
    PRIMARY KEY (country, mccmnc)
) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('prices_version', 0);

-- Messages of API clients.
CREATE TABLE sms (
    id             BLOB PRIMARY KEY,
    account_id     INTEGER NOT NULL,
    message_id     BLOB NOT NULL,
    state          TEXT NOT NULL,
    err            INTEGER NOT NULL,
    phone          TEXT,            -- until a gateway has it or it ended
    number_key     BLOB NOT NULL,
    sender         TEXT NOT NULL,
    is_data        INTEGER NOT NULL,
    header         BLOB,
    class          INTEGER,
    scheduled_text BLOB,            -- sealed, until its time comes
    parts          INTEGER NOT NULL,
    price          INTEGER NOT NULL,
    report_url     TEXT,
    text_store     TEXT NOT NULL,   -- plaintext | sha256 | nostore
    kept_sealed    BLOB,
    kept_digest    BLOB,
    created_at     INTEGER NOT NULL,
    send_at        INTEGER NOT NULL,
    deadline       INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sms_by_time ON sms (send_at) WHERE state = 'scheduled';
CREATE INDEX sms_by_number ON sms (number_key, send_at) WHERE state = 'scheduled';

-- Calls that are owed to API clients.
CREATE TABLE report (
    id         BLOB PRIMARY KEY,    -- ordered by time
    account_id INTEGER NOT NULL,
    sms_id     BLOB,                -- what became of this message …
    state      TEXT,
    err        INTEGER,
    body       BLOB,                -- … or a message from a person, sealed
    signature  TEXT,
    url        TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    lease      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX report_by_sms ON report (sms_id, id) WHERE sms_id IS NOT NULL;
CREATE INDEX report_by_time ON report (next_at);
