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
-- What was derived from what clients sent for analysis, kept as the records of devices are.
CREATE TABLE analysis_records (
    session BYTEA NOT NULL,
    window_start BIGINT NOT NULL,
    place BIGINT NOT NULL,
    person BYTEA NOT NULL,
    modality BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (session, window_start, place)
);
