-- What is kept of a person is of one who is known. Rows of one who is not have no key either, so nobody can open them: they
-- go. A session that was being deleted keeps its person until nothing is left of it. SQLite adds no reference to a table that
-- is there: each is written anew, once, and what refers to sessions with them.
CREATE TABLE sessions_3004 (
    session BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL REFERENCES accounts (person),
    kind BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    merged_into BLOB,
    deleted_at BIGINT
);
INSERT INTO sessions_3004 (session, person, kind, started_at, ended_at, created_at, merged_into, deleted_at)
    SELECT session, person, kind, started_at, ended_at, created_at, merged_into, deleted_at FROM sessions
    WHERE person IN (SELECT person FROM accounts);
CREATE TABLE fused_windows_3004 (
    session BLOB NOT NULL REFERENCES sessions_3004 (session),
    window_start BIGINT NOT NULL,
    person BLOB NOT NULL,
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (session, window_start)
);
INSERT INTO fused_windows_3004 (session, window_start, person, size, sealed)
    SELECT session, window_start, person, size, sealed FROM fused_windows
    WHERE session IN (SELECT session FROM sessions_3004);
DROP TABLE fused_windows;
CREATE TABLE analysis_records_3004 (
    session BLOB NOT NULL REFERENCES sessions_3004 (session),
    window_start BIGINT NOT NULL,
    place BIGINT NOT NULL,
    person BLOB NOT NULL,
    modality BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (session, window_start, place)
);
INSERT INTO analysis_records_3004
    (session, window_start, place, person, modality, revision, size, received_at, sealed)
    SELECT session, window_start, place, person, modality, revision, size, received_at, sealed FROM analysis_records
    WHERE session IN (SELECT session FROM sessions_3004);
DROP TABLE analysis_records;
DROP TABLE sessions;
-- The references follow the name.
ALTER TABLE sessions_3004 RENAME TO sessions;
ALTER TABLE fused_windows_3004 RENAME TO fused_windows;
ALTER TABLE analysis_records_3004 RENAME TO analysis_records;
CREATE INDEX sessions_by_person ON sessions (person, started_at);
CREATE INDEX sessions_by_start ON sessions (started_at);
CREATE INDEX sessions_being_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE records_3004 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    window_start BIGINT NOT NULL,
    modality BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    clock_offset BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    fingerprint BLOB,
    PRIMARY KEY (device, epoch, seq)
);
INSERT INTO records_3004
    (device, epoch, seq, person, window_start, modality, revision, size, received_at, clock_offset, sealed, fingerprint)
    SELECT device, epoch, seq, person, window_start, modality, revision, size, received_at, clock_offset, sealed,
        fingerprint FROM records WHERE person IN (SELECT person FROM accounts);
DROP TABLE records;
ALTER TABLE records_3004 RENAME TO records;
CREATE INDEX records_by_window ON records (person, window_start);
CREATE TABLE dropped_3004 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    modality BIGINT NOT NULL,
    first_window BIGINT NOT NULL,
    last_window BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
INSERT INTO dropped_3004 (device, epoch, seq, person, modality, first_window, last_window, records)
    SELECT device, epoch, seq, person, modality, first_window, last_window, records FROM dropped
    WHERE person IN (SELECT person FROM accounts);
DROP TABLE dropped;
ALTER TABLE dropped_3004 RENAME TO dropped;
CREATE INDEX dropped_by_person ON dropped (person, last_window);
CREATE TABLE quarantine_3004 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
INSERT INTO quarantine_3004 (device, epoch, seq, person, size, received_at, sealed)
    SELECT device, epoch, seq, person, size, received_at, sealed FROM quarantine
    WHERE person IN (SELECT person FROM accounts);
DROP TABLE quarantine;
ALTER TABLE quarantine_3004 RENAME TO quarantine;
CREATE INDEX quarantine_by_person ON quarantine (person, received_at);
DELETE FROM pending_fusion WHERE person NOT IN (SELECT person FROM accounts);
DELETE FROM deleted_spans WHERE person NOT IN (SELECT person FROM accounts);
