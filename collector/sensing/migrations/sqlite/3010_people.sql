-- A person is in every key of what is kept of them: a database that spreads people over machines finds all of one on one machine.
-- The keys begin as they did before, so that what was looked for by them still is. SQLite changes no key of a table that is there:
-- each is written anew, and what refers to sessions with them. A window is of whom its session is.
CREATE TABLE sessions_3010 (
    session BLOB NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    kind BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    merged_into BLOB,
    deleted_at BIGINT,
    name BLOB,
    PRIMARY KEY (session, person)
);
INSERT INTO sessions_3010 (session, person, kind, started_at, ended_at, created_at, merged_into, deleted_at, name)
    SELECT session, person, kind, started_at, ended_at, created_at, merged_into, deleted_at, name FROM sessions;
CREATE TABLE fused_windows_3010 (
    session BLOB NOT NULL,
    window_start BIGINT NOT NULL,
    person BLOB NOT NULL,
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (session, window_start, person),
    FOREIGN KEY (session, person) REFERENCES sessions_3010 (session, person)
);
INSERT INTO fused_windows_3010 (session, window_start, person, size, sealed)
    SELECT windows.session, windows.window_start, sessions.person, windows.size, windows.sealed
    FROM fused_windows windows JOIN sessions ON sessions.session = windows.session;
DROP TABLE fused_windows;
CREATE TABLE analysis_records_3010 (
    session BLOB NOT NULL,
    window_start BIGINT NOT NULL,
    place BIGINT NOT NULL,
    person BLOB NOT NULL,
    modality BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    content BLOB,
    PRIMARY KEY (session, window_start, place, person),
    FOREIGN KEY (session, person) REFERENCES sessions_3010 (session, person)
);
INSERT INTO analysis_records_3010
    (session, window_start, place, person, modality, revision, size, received_at, sealed, content)
    SELECT kept.session, kept.window_start, kept.place, sessions.person, kept.modality, kept.revision, kept.size,
        kept.received_at, kept.sealed, kept.content
    FROM analysis_records kept JOIN sessions ON sessions.session = kept.session;
DROP TABLE analysis_records;
DROP TABLE sessions;
-- The references follow the name.
ALTER TABLE sessions_3010 RENAME TO sessions;
ALTER TABLE fused_windows_3010 RENAME TO fused_windows;
ALTER TABLE analysis_records_3010 RENAME TO analysis_records;
CREATE INDEX sessions_by_person ON sessions (person, started_at);
CREATE INDEX sessions_by_start ON sessions (started_at);
CREATE INDEX sessions_being_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX analysis_records_by_content ON analysis_records (session, content) WHERE content IS NOT NULL;
-- The ids that clients gave sessions, over all people: of two that give one at once, the second is told so.
CREATE TABLE analysis_ids (
    session BLOB NOT NULL UNIQUE,
    person BLOB NOT NULL REFERENCES accounts (person),
    PRIMARY KEY (session, person)
);
INSERT INTO analysis_ids (session, person) SELECT session, person FROM sessions WHERE kind = 2;
CREATE INDEX analysis_ids_by_person ON analysis_ids (person);
CREATE TABLE records_3010 (
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
    PRIMARY KEY (device, epoch, seq, person)
);
INSERT INTO records_3010
    (device, epoch, seq, person, window_start, modality, revision, size, received_at, clock_offset, sealed, fingerprint)
    SELECT device, epoch, seq, person, window_start, modality, revision, size, received_at, clock_offset, sealed,
        fingerprint FROM records;
DROP TABLE records;
ALTER TABLE records_3010 RENAME TO records;
CREATE INDEX records_by_window ON records (person, window_start);
CREATE TABLE dropped_3010 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    modality BIGINT NOT NULL,
    first_window BIGINT NOT NULL,
    last_window BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, seq, person)
);
INSERT INTO dropped_3010 (device, epoch, seq, person, modality, first_window, last_window, records)
    SELECT device, epoch, seq, person, modality, first_window, last_window, records FROM dropped;
DROP TABLE dropped;
ALTER TABLE dropped_3010 RENAME TO dropped;
CREATE INDEX dropped_by_person ON dropped (person, last_window);
CREATE TABLE quarantine_3010 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (device, epoch, seq, person)
);
INSERT INTO quarantine_3010 (device, epoch, seq, person, size, received_at, sealed)
    SELECT device, epoch, seq, person, size, received_at, sealed FROM quarantine;
DROP TABLE quarantine;
ALTER TABLE quarantine_3010 RENAME TO quarantine;
CREATE INDEX quarantine_by_person ON quarantine (person, received_at);
-- settled names no person, as before: it stays when its person is erased, and holds what outboxes of earlier versions were told, which
-- are bound to nobody. A database that spreads people spreads it by device.
