-- Outside user ids stand in this table and nowhere else. updates is counted up to lock a person's row.
CREATE TABLE accounts (
    person BLOB NOT NULL PRIMARY KEY,
    user_id TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    updates BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE enrolment_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    used_by BLOB
);
CREATE TABLE devices (device BLOB NOT NULL PRIMARY KEY, public_key BLOB NOT NULL, enrolled_at BIGINT NOT NULL);
-- A device belongs to one person at a time.
CREATE TABLE device_owners (
    device BLOB NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    person BLOB NOT NULL,
    PRIMARY KEY (device, since)
);
-- Append-only; each hash is over the one before and the entry.
CREATE TABLE consent_log (
    place BIGINT NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    entry BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (device, epoch, seq)
);
CREATE TABLE preferences (person BLOB NOT NULL PRIMARY KEY, size BIGINT NOT NULL, sealed BLOB NOT NULL);
