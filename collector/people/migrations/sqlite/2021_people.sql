-- A person is in every key of what is kept of them: a database that spreads people over machines finds all of one on one machine. What
-- is found before its person is known (a code by its name, an enrolment and an outbox by their device) is one over all people besides,
-- and lies on every such machine. SQLite changes no key of a table that is there: each is written anew, and what refers to it.
CREATE TABLE enrolment_codes_2021 (
    name BLOB NOT NULL UNIQUE,
    person BLOB NOT NULL REFERENCES accounts (person),
    sealed BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Who took it, with which request and when; a code is taken once.
    device BLOB,
    nonce BLOB,
    taken_at BIGINT,
    PRIMARY KEY (name, person)
);
INSERT INTO enrolment_codes_2021 (name, person, sealed, expires_at, device, nonce, taken_at)
    SELECT name, person, sealed, expires_at, device, nonce, taken_at FROM enrolment_codes;
DROP TABLE enrolment_codes;
ALTER TABLE enrolment_codes_2021 RENAME TO enrolment_codes;
CREATE INDEX enrolment_codes_by_person ON enrolment_codes (person);
CREATE TABLE device_enrolments_2021 (
    device BLOB NOT NULL REFERENCES devices (device),
    number BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (device, number, person),
    UNIQUE (device, number)
);
INSERT INTO device_enrolments_2021 (device, number, person, enrolled_at)
    SELECT device, number, person, enrolled_at FROM device_enrolments;
CREATE TABLE device_epochs_2021 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    PRIMARY KEY (device, epoch, person),
    UNIQUE (device, epoch),
    FOREIGN KEY (device, number, person) REFERENCES device_enrolments_2021 (device, number, person)
);
INSERT INTO device_epochs_2021 (device, epoch, number, person) SELECT device, epoch, number, person FROM device_epochs;
DROP TABLE device_epochs;
DROP TABLE device_enrolments;
-- The references follow the name.
ALTER TABLE device_enrolments_2021 RENAME TO device_enrolments;
ALTER TABLE device_epochs_2021 RENAME TO device_epochs;
CREATE INDEX device_enrolments_by_person ON device_enrolments (person);
CREATE INDEX device_epochs_by_person ON device_epochs (person);
CREATE TABLE preferences_followed_2021 (
    device BLOB NOT NULL,
    enrolment BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (device, enrolment, person)
);
INSERT INTO preferences_followed_2021 (device, enrolment, person, number, at)
    SELECT device, enrolment, person, number, at FROM preferences_followed;
DROP TABLE preferences_followed;
ALTER TABLE preferences_followed_2021 RENAME TO preferences_followed;
CREATE INDEX preferences_followed_by_person ON preferences_followed (person);
CREATE TABLE corrections_2021 (
    id BLOB NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    about BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (id, person)
);
INSERT INTO corrections_2021 (id, person, about, made_at, size, sealed)
    SELECT id, person, about, made_at, size, sealed FROM corrections;
DROP TABLE corrections;
ALTER TABLE corrections_2021 RENAME TO corrections;
CREATE INDEX corrections_by_person ON corrections (person, about);
CREATE TABLE team_members_2021 (
    period BLOB NOT NULL,
    team BLOB NOT NULL REFERENCES teams (team),
    person BLOB NOT NULL REFERENCES accounts (person),
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (period, person)
);
INSERT INTO team_members_2021 (period, team, person, since, until) SELECT period, team, person, since, until FROM team_members;
DROP TABLE team_members;
ALTER TABLE team_members_2021 RENAME TO team_members;
CREATE INDEX team_members_by_team ON team_members (team, person);
CREATE INDEX team_members_by_person ON team_members (person);
