-- Spans of a person's time that were deleted: what comes of them later is not taken in.
CREATE TABLE deleted_spans (
    person BYTEA NOT NULL,
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (person, begins)
);
-- A session that is being deleted is gone for everybody who asks; its rows follow in slices.
ALTER TABLE sessions ADD COLUMN deleted_at BIGINT;
CREATE INDEX sessions_being_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
-- A window and a record of an analysis belong to a session that is there. Those that none has can be found by nobody.
DELETE FROM fused_windows WHERE session NOT IN (SELECT session FROM sessions);
ALTER TABLE fused_windows ADD FOREIGN KEY (session) REFERENCES sessions (session);
DELETE FROM analysis_records WHERE session NOT IN (SELECT session FROM sessions);
ALTER TABLE analysis_records ADD FOREIGN KEY (session) REFERENCES sessions (session);
