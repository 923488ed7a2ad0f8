-- Searches for what is unusual in the master table. state: 0 asked for, 1 made, 2 not made: a rule forbids it, or too few people are there.
-- share: which share is to be flagged, in millionths. people, flagged: how many. by_team: how many of each team, JSON, where that tells of
-- nobody.
CREATE TABLE hr_detections (
    id BYTEA NOT NULL PRIMARY KEY,
    state BIGINT NOT NULL,
    share BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    made_at BIGINT,
    people BIGINT NOT NULL,
    flagged BIGINT NOT NULL,
    by_team TEXT NOT NULL
);
CREATE INDEX hr_detections_by_time ON hr_detections (made_at, id) WHERE state = 1;
-- What a search found unusual about a person, under their key.
CREATE TABLE hr_flags (
    person BYTEA NOT NULL REFERENCES accounts (person),
    detection BYTEA NOT NULL REFERENCES hr_detections (id),
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, detection)
);
CREATE INDEX hr_flags_by_detection ON hr_flags (detection, person);
-- What people did with the flag of a person: how it stands, decisions with their reasons, objections and answers, under their key. It stays
-- whatever a later search finds.
CREATE TABLE hr_handled (
    person BYTEA NOT NULL REFERENCES accounts (person),
    changed_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person)
);
CREATE INDEX hr_handled_by_time ON hr_handled (changed_at);
