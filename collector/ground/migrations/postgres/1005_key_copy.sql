-- One row: the copy of the keys of people that was written last. folder: where. failing_since: since when it could not be renewed
-- though the keys changed, Unix milliseconds.
CREATE TABLE key_copy (place BIGINT NOT NULL PRIMARY KEY, made_at BIGINT NOT NULL, folder TEXT NOT NULL, failing_since BIGINT);
