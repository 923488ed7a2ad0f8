-- Outside user ids stand in this table and nowhere else. updates is counted up to lock a person's row.
CREATE TABLE accounts (
    person BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    updates BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE enrolment_codes (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    used_by BYTEA
);
CREATE TABLE devices (device BYTEA NOT NULL PRIMARY KEY, public_key BYTEA NOT NULL, enrolled_at BIGINT NOT NULL);
-- A device belongs to one person at a time.
CREATE TABLE device_owners (
    device BYTEA NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    person BYTEA NOT NULL,
    PRIMARY KEY (device, since)
);
-- Append-only; each hash is over the one before and the entry.
CREATE TABLE consent_log (
    place BIGINT NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    device BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    entry BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    UNIQUE (device, epoch, seq)
);
CREATE TABLE preferences (person BYTEA NOT NULL PRIMARY KEY, size BIGINT NOT NULL, sealed BYTEA NOT NULL);
