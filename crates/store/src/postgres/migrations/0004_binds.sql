-- Version 4: servers share the binds of gateways. The program of version 3 works on this:
-- it binds without a place, and claims what is left for another server.

-- Who may have a bind at a gateway. The holder shows that it lives by another beat every
-- few seconds; no clocks are compared.
CREATE TABLE bind_place (
    gateway TEXT COLLATE "C" NOT NULL,
    place   BIGINT NOT NULL,             -- from 0
    holder  BIGINT NOT NULL,             -- the run of a server
    beat    BIGINT NOT NULL,
    PRIMARY KEY (gateway, place)
);

-- The gateway that is to have a message and is bound at another server.
ALTER TABLE outbox ADD COLUMN left_for TEXT COLLATE "C";
