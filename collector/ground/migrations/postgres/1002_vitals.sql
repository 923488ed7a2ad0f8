-- What tells how the database is. One row: when health last wrote here.
CREATE TABLE probes (place INTEGER NOT NULL PRIMARY KEY, at BIGINT NOT NULL);
-- One row: how many commits there were. A file beside the database knows the number, too, so that a cut tail is noticed.
CREATE TABLE commits (place INTEGER NOT NULL PRIMARY KEY, number BIGINT NOT NULL);
INSERT INTO commits (place, number) VALUES (0, 0);
-- Commits that were durable once and are not there any more, as they were found missing.
CREATE TABLE lost_commits (found_at BIGINT NOT NULL, missing BIGINT NOT NULL);
