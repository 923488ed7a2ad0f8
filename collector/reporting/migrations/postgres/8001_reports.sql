-- Reports of people, the last one of each day. day: whose data it tells, days since 1970-01-01. size: bytes of its file. about_sealed: its
-- hash, and sealed: its file, both under the person's key.
CREATE TABLE person_reports (
    person BYTEA NOT NULL REFERENCES accounts (person),
    day BIGINT NOT NULL,
    id BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    about_sealed BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, day)
);
CREATE INDEX person_reports_by_id ON person_reports (id);
CREATE INDEX person_reports_by_time ON person_reports (made_at);
-- Reports of nobody by name. kind: 1 of a day, 2 of a team. team: which one; of a day sixteen zeros. The rest is as above, under the
-- collectors' own key.
CREATE TABLE group_reports (
    kind BIGINT NOT NULL,
    team BYTEA NOT NULL,
    day BIGINT NOT NULL,
    id BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    about_sealed BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (kind, team, day)
);
CREATE INDEX group_reports_by_id ON group_reports (id);
CREATE INDEX group_reports_by_time ON group_reports (made_at);
