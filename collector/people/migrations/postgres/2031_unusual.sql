-- What is found by who did it: whoever watches over it asks so.
CREATE INDEX access_log_by_login ON access_log (login, at, place);
-- Up to which place of the log of access uses were looked at.
CREATE TABLE use_place (one BIGINT NOT NULL PRIMARY KEY, place BIGINT NOT NULL);
INSERT INTO use_place (one, place) VALUES (1, 0);
-- How much somebody who has power over others' data, or a machine, used of it on a day: numbers that the log of access tells. A day is the
-- organisation's, counted from 1970 on.
CREATE TABLE use_days (
    login BYTEA NOT NULL,
    day BIGINT NOT NULL,
    people BIGINT NOT NULL,
    busiest_hour BIGINT NOT NULL,
    at_night BIGINT NOT NULL,
    exports BIGINT NOT NULL,
    PRIMARY KEY (login, day)
);
-- How often they asked for what they have no right to: by hour, counted from 1970 on, and by the route, which names nobody.
CREATE TABLE refused_uses (
    login BYTEA NOT NULL,
    hour BIGINT NOT NULL,
    route TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (login, hour, route)
);
-- What was unusual of it: one of each rule and day. The count is the most that was seen, and acknowledged_count what it was when
-- somebody acknowledged it.
CREATE TABLE unusual_uses (
    login BYTEA NOT NULL,
    rule TEXT NOT NULL,
    day BIGINT NOT NULL,
    id BYTEA NOT NULL UNIQUE,
    role TEXT NOT NULL,
    count BIGINT NOT NULL,
    usual BIGINT,
    most BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by BYTEA,
    acknowledged_count BIGINT,
    PRIMARY KEY (login, rule, day)
);
CREATE INDEX unusual_uses_by_age ON unusual_uses (opened_at);
-- What somebody who acknowledged one says of it, sealed under their own key.
CREATE TABLE unusual_use_notes (
    id BYTEA NOT NULL PRIMARY KEY,
    unusual_use BYTEA NOT NULL REFERENCES unusual_uses (id) ON DELETE CASCADE,
    login BYTEA NOT NULL REFERENCES logins (login),
    at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX unusual_use_notes_by_use ON unusual_use_notes (unusual_use, at);
CREATE INDEX unusual_use_notes_by_login ON unusual_use_notes (login);
