-- Version 3: the guard against pumped traffic. The program of version 2 works on this,
-- and neither reads nor
-- writes it; nor does it remove the rows of a service with the service.

-- What a server knows of the traffic of a service in a part of the world. No row
-- names a number: the smallest part is a block of a thousand of them.
CREATE TABLE traffic_area (
    service_id    BYTEA NOT NULL,
    area          TEXT COLLATE "C" NOT NULL,  -- country, prefix or block: EE | +3725123 | +37251234xxx
    node          TEXT COLLATE "C" NOT NULL,  -- the server
    account_id    BIGINT NOT NULL,
    days          TEXT NOT NULL,         -- day:sent:entered,… (days since 1970)
    hours         TEXT NOT NULL,         -- hour:entered,… (hours since 1970)
    stage         TEXT,                  -- challenge | closed; NULL, as all up to base_permille: never held
    rule          TEXT,                  -- in_flight | evidence | neighbours | block | completion
    held_since    BIGINT,
    held_until    BIGINT,                -- may be over: the next hold is longer
    times         BIGINT,                -- closed in a row
    held_sent     BIGINT,                -- what was seen: messages,
    held_entered  BIGINT,                -- those whose code was entered,
    base_permille BIGINT,                -- and the share that was expected
    refused       BIGINT NOT NULL,       -- starts since held_since
    updated_at    BIGINT NOT NULL,
    released_at   BIGINT,                -- by the operator
    PRIMARY KEY (service_id, area, node)
) WITH (fillfactor = 60);
CREATE INDEX traffic_area_by_hold ON traffic_area (held_until) WHERE held_until IS NOT NULL;
