-- Version 6: the guard against pumped traffic.

-- What a server knows of the traffic of a service in a part of the world. No row
-- names a number: the smallest part is a block of a thousand of them.
CREATE TABLE traffic_area (
    service_id    BLOB NOT NULL,
    area          TEXT NOT NULL,          -- country, prefix or block: EE | +3725123 | +37251234xxx
    node          TEXT NOT NULL,          -- the server; empty: there is but one
    account_id    INTEGER NOT NULL,
    days          TEXT NOT NULL,          -- day:sent:entered,… (days since 1970)
    hours         TEXT NOT NULL,          -- hour:entered,… (hours since 1970)
    stage         TEXT,                   -- challenge | closed; NULL, as all up to base_permille: never held
    rule          TEXT,                   -- in_flight | evidence | neighbours | block | completion
    held_since    INTEGER,
    held_until    INTEGER,                -- may be over: the next hold is longer
    times         INTEGER,                -- closed in a row
    held_sent     INTEGER,                -- what was seen: messages,
    held_entered  INTEGER,                -- those whose code was entered,
    base_permille INTEGER,                -- and the share that was expected
    refused       INTEGER NOT NULL,       -- starts since held_since
    updated_at    INTEGER NOT NULL,
    released_at   INTEGER,                -- by the operator
    PRIMARY KEY (service_id, area, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX traffic_area_by_hold ON traffic_area (held_until) WHERE held_until IS NOT NULL;
