-- Tables that HR gave, each as it was uploaded. login: who gave it; none where nobody signs in. table_of: 0 activity, 1 leave, 2 onboarding,
-- 3 performance, 4 rewards, 5 vibe; none where it is not known. state: 0 it comes, 1 it is to be read, 2 it was, and waits for a decision,
-- 3 it is to be taken in, 4 it was, 5 it was taken back, 6 it was let go of, 7 it was thrown away. version: which of its table it is, once
-- it was taken in. held: rows of it. ends_at: when it goes if nobody decides. about_sealed: its name and hash, what was found in it and what
-- was answered, under the collectors' own key.
CREATE TABLE hr_uploads (
    id BLOB NOT NULL PRIMARY KEY,
    login BLOB,
    table_of BIGINT,
    state BIGINT NOT NULL,
    version BIGINT,
    size BIGINT NOT NULL,
    held BIGINT NOT NULL,
    given_at BIGINT NOT NULL,
    decided_at BIGINT,
    ends_at BIGINT,
    about_sealed BLOB NOT NULL
);
CREATE INDEX hr_uploads_by_time ON hr_uploads (given_at, id);
CREATE INDEX hr_uploads_by_table ON hr_uploads (table_of, version) WHERE state = 4;
CREATE INDEX hr_uploads_waiting ON hr_uploads (ends_at) WHERE state < 3;
-- Which upload of each table stands, and how many versions it has had.
CREATE TABLE hr_tables (
    table_of BIGINT NOT NULL PRIMARY KEY,
    upload BLOB REFERENCES hr_uploads (id),
    version BIGINT NOT NULL
);
-- The bytes of an upload until it is decided on, in pieces, under the collectors' own key.
CREATE TABLE hr_pieces (
    upload BLOB NOT NULL REFERENCES hr_uploads (id),
    number BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (upload, number)
);
-- Rows of an upload about a person, some at a time, under their key. held: how many. size: their bytes before they were sealed.
CREATE TABLE hr_rows (
    person BLOB NOT NULL REFERENCES accounts (person),
    upload BLOB NOT NULL REFERENCES hr_uploads (id),
    number BIGINT NOT NULL,
    held BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, upload, number)
);
CREATE INDEX hr_rows_by_upload ON hr_rows (upload, person, number);
