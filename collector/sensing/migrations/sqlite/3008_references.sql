-- A window that waits to be fused and a span that was deleted are of a person who is known. Of who is not there is nothing to
-- fuse, and nothing comes that could be taken in: such rows go.
CREATE TABLE pending_fusion_3008 (
    person BLOB NOT NULL REFERENCES accounts (person),
    window_start BIGINT NOT NULL,
    PRIMARY KEY (person, window_start)
);
INSERT INTO pending_fusion_3008 (person, window_start)
    SELECT person, window_start FROM pending_fusion WHERE person IN (SELECT person FROM accounts);
DROP TABLE pending_fusion;
ALTER TABLE pending_fusion_3008 RENAME TO pending_fusion;
CREATE TABLE deleted_spans_3008 (
    person BLOB NOT NULL REFERENCES accounts (person),
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (person, begins)
);
INSERT INTO deleted_spans_3008 (person, begins, ends, deleted_at)
    SELECT person, begins, ends, deleted_at FROM deleted_spans WHERE person IN (SELECT person FROM accounts);
DROP TABLE deleted_spans;
ALTER TABLE deleted_spans_3008 RENAME TO deleted_spans;
CREATE INDEX deleted_spans_by_age ON deleted_spans (deleted_at);
-- settled refers to nothing: it names no person and is what devices were told, kept by its age alone, also of outboxes of earlier
-- versions, which are bound to somebody only when they send again.
