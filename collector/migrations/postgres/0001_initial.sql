-- Outside user ids stand in this table and nowhere else. updates is counted up to lock a person's row.
CREATE TABLE accounts (
    person BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    updates BIGINT NOT NULL DEFAULT 0
);
-- A person's data key, wrapped by the master key. Deleting the row makes everything sealed under it unreadable.
CREATE TABLE person_keys (person BYTEA NOT NULL PRIMARY KEY, wrapped BYTEA NOT NULL);
-- The collector's own secrets, sealed under the master key, so that several collectors share them.
CREATE TABLE collector_keys (name TEXT NOT NULL PRIMARY KEY, sealed BYTEA NOT NULL);

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

CREATE TABLE records (
    device BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BYTEA NOT NULL,
    window_start BIGINT NOT NULL,
    modality BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    clock_offset BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
CREATE INDEX records_by_window ON records (person, window_start);

-- Items that are settled without being a stored record.
CREATE TABLE settled (
    device BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
-- Records that a full outbox dropped, as its device counted them.
CREATE TABLE dropped (
    device BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BYTEA NOT NULL,
    modality BIGINT NOT NULL,
    first_window BIGINT NOT NULL,
    last_window BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
-- What could not be read, sealed under the collector's own key.
CREATE TABLE quarantine (
    digest BYTEA NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL
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

CREATE TABLE pending_fusion (person BYTEA NOT NULL, window_start BIGINT NOT NULL, PRIMARY KEY (person, window_start));
CREATE TABLE sessions (
    session BYTEA NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    kind BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    merged_into BYTEA
);
CREATE INDEX sessions_by_person ON sessions (person, started_at);
CREATE INDEX sessions_by_start ON sessions (started_at);
CREATE TABLE fused_windows (
    session BYTEA NOT NULL,
    window_start BIGINT NOT NULL,
    person BYTEA NOT NULL,
    size BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (session, window_start)
);
