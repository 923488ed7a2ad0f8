-- Hours of people, by UTC, in which what was seen of them has changed since it was rolled up. start: Unix milliseconds; -1 for all hours of
-- the person. touches: how often.
CREATE TABLE touched_hours (
    person BYTEA NOT NULL,
    start BIGINT NOT NULL,
    touches BIGINT NOT NULL,
    PRIMARY KEY (person, start)
);
-- Everybody begins with what was sensed of them before there were roll-ups.
INSERT INTO touched_hours (person, start, touches)
    SELECT person, -1, 1 FROM accounts WHERE user_tag IS NOT NULL OR user_id IS NOT NULL;
-- Sums of measures over hours (span 1), days (2), weeks (3) and months (4) of a person's calendar. start: of an hour Unix milliseconds, of
-- the others the number of their first day, days since 1970-01-01. day: the number of the day in which an hour lies; of the others as
-- start. size: bytes before it was sealed.
CREATE TABLE rollups (
    person BYTEA NOT NULL REFERENCES accounts (person),
    span BIGINT NOT NULL,
    start BIGINT NOT NULL,
    day BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, span, start)
);
CREATE INDEX rollups_by_age ON rollups (start, person) WHERE span = 1;
-- Days of people whose roll-ups have changed since figures of teams were made of them. changes: how often.
CREATE TABLE changed_days (
    person BYTEA NOT NULL,
    day BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (person, day)
);
-- What holds for all roll-ups of a person. settled: hours that began before this instant, Unix milliseconds, stay as they are, since what
-- they were made of was let go of for its age. zone: the name of the zone whose days and hours they are, sealed; none before the first.
CREATE TABLE rollup_people (
    person BYTEA NOT NULL PRIMARY KEY,
    settled BIGINT NOT NULL,
    zone BYTEA
);
