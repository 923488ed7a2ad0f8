-- Spans of a person's time that were deleted: what comes of them later is not taken in.
CREATE TABLE deleted_spans (
    person BLOB NOT NULL,
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (person, begins)
);
-- A session that is being deleted is gone for everybody who asks; its rows follow in slices.
ALTER TABLE sessions ADD COLUMN deleted_at BIGINT;
CREATE INDEX sessions_being_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
-- A window and a record of an analysis belong to a session that is there. Those that none has can be found by nobody.
CREATE TABLE fused_windows_3003 (
    session BLOB NOT NULL REFERENCES sessions (session),
    window_start BIGINT NOT NULL,
    person BLOB NOT NULL,
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (session, window_start)
);
INSERT INTO fused_windows_3003 (session, window_start, person, size, sealed)
    SELECT session, window_start, person, size, sealed FROM fused_windows
    WHERE session IN (SELECT session FROM sessions);
DROP TABLE fused_windows;
ALTER TABLE fused_windows_3003 RENAME TO fused_windows;
CREATE TABLE analysis_records_3003 (
    session BLOB NOT NULL REFERENCES sessions (session),
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
INSERT INTO analysis_records_3003
    (session, window_start, place, person, modality, revision, size, received_at, sealed)
    SELECT session, window_start, place, person, modality, revision, size, received_at, sealed FROM analysis_records
    WHERE session IN (SELECT session FROM sessions);
DROP TABLE analysis_records;
ALTER TABLE analysis_records_3003 RENAME TO analysis_records;
