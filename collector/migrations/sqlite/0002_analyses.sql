-- What was derived from what clients sent for analysis, kept as the records of devices are.
CREATE TABLE analysis_records (
    session BLOB NOT NULL,
    window_start BIGINT NOT NULL,
    place BIGINT NOT NULL,
    person BLOB NOT NULL,
    modality BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (session, window_start, place)
);
CREATE TABLE preferences (person BLOB NOT NULL PRIMARY KEY, size BIGINT NOT NULL, sealed BLOB NOT NULL);
