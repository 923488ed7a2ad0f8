-- Of which class it was; empty where it is of people's own wishes, or of before.
ALTER TABLE retention_log ADD COLUMN class TEXT NOT NULL DEFAULT '';
-- One row: from when on classes are let go of. Versions before kept everything: whoever runs this has a week to set it otherwise.
CREATE TABLE retention_begins (one BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL);
INSERT INTO retention_begins (one, at) VALUES (1, CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 604800000);
