-- Version 2: several servers. The program of version 1 knew of no others beside it, and
-- does not work on this: all servers are stopped for this step.

-- The sends of an account are counted in parts, each with a share of the limits, if it may
-- send much (ADR 20).
ALTER TABLE account_sends
    ADD COLUMN part    BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN divided BIGINT NOT NULL DEFAULT 0,   -- in part 0: in how many parts; 0: in one
    DROP CONSTRAINT account_sends_pkey,
    ADD PRIMARY KEY (account_id, part);

-- Each server tells how it sees the gateways.
DROP TABLE gateway_view;
CREATE TABLE gateway_view (
    gateway TEXT COLLATE "C" NOT NULL,
    node    TEXT COLLATE "C" NOT NULL,   -- the server that looked
    is_open BOOLEAN NOT NULL,
    reason  TEXT NOT NULL,               -- why it is closed
    since   BIGINT NOT NULL,             -- as it is now
    detail  TEXT NOT NULL,               -- for people, lines
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, node)
);

-- Whoever adds a user writes a row of crossing now.
ALTER TABLE service DROP COLUMN touched;
