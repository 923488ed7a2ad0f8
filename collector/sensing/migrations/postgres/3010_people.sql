-- A person is in every key of what is kept of them: a database that spreads people over machines finds all of one on one machine.
-- The keys begin as they did before, so that what was looked for by them still is. A window is of whom its session is.
ALTER TABLE fused_windows DROP CONSTRAINT fused_windows_session_fkey;
ALTER TABLE analysis_records DROP CONSTRAINT analysis_records_session_fkey;
UPDATE fused_windows SET person = sessions.person FROM sessions
    WHERE sessions.session = fused_windows.session AND sessions.person <> fused_windows.person;
UPDATE analysis_records SET person = sessions.person FROM sessions
    WHERE sessions.session = analysis_records.session AND sessions.person <> analysis_records.person;
ALTER TABLE sessions DROP CONSTRAINT sessions_pkey, ADD PRIMARY KEY (session, person);
ALTER TABLE fused_windows DROP CONSTRAINT fused_windows_pkey, ADD PRIMARY KEY (session, window_start, person),
    ADD FOREIGN KEY (session, person) REFERENCES sessions (session, person);
ALTER TABLE analysis_records DROP CONSTRAINT analysis_records_pkey, ADD PRIMARY KEY (session, window_start, place, person),
    ADD FOREIGN KEY (session, person) REFERENCES sessions (session, person);
ALTER TABLE dropped DROP CONSTRAINT dropped_pkey, ADD PRIMARY KEY (device, epoch, seq, person);
ALTER TABLE quarantine DROP CONSTRAINT quarantine_pkey, ADD PRIMARY KEY (device, epoch, seq, person);
-- The ids that clients gave sessions, over all people: of two that give one at once, the second is told so.
CREATE TABLE analysis_ids (
    session BYTEA NOT NULL UNIQUE,
    person BYTEA NOT NULL REFERENCES accounts (person),
    PRIMARY KEY (session, person)
);
INSERT INTO analysis_ids (session, person) SELECT session, person FROM sessions WHERE kind = 2;
CREATE INDEX analysis_ids_by_person ON analysis_ids (person);
-- Records lie in parts of a month of the time that was sensed, by which they are let go of: a month that is too old as a whole is
-- dropped with its part. The collector makes parts ahead; those of here are of the thirteen months that any class may be kept, so that a
-- database put back from a copy has them, too, of this month and of two ahead. What is of no such month lies in the last part.
-- That a place holds one record is decided behind the lock of its device, over all parts: a key over all of them there is not.
-- The rows of before are moved, all in this transaction: it takes as long as writing them once more, and as much room until then.
CREATE TABLE records_3010 (
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
    fingerprint BYTEA
) PARTITION BY RANGE (window_start);
CREATE TABLE records_of_other_months PARTITION OF records_3010 DEFAULT;
DO $$
DECLARE
    month TIMESTAMP;
BEGIN
    FOR month IN SELECT generate_series(
        date_trunc('month', now() AT TIME ZONE 'UTC') - INTERVAL '13 months',
        date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '2 months', INTERVAL '1 month')
    LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF records_3010 FOR VALUES FROM (%s) TO (%s)',
            'records_' || to_char(month, 'YYYY_MM'),
            CAST(EXTRACT(EPOCH FROM month) AS BIGINT) * 1000,
            CAST(EXTRACT(EPOCH FROM month + INTERVAL '1 month') AS BIGINT) * 1000);
    END LOOP;
END
$$;
INSERT INTO records_3010
    (device, epoch, seq, person, window_start, modality, revision, size, received_at, clock_offset, sealed, fingerprint)
    SELECT device, epoch, seq, person, window_start, modality, revision, size, received_at, clock_offset, sealed,
        fingerprint FROM records;
DROP TABLE records;
ALTER TABLE records_3010 RENAME TO records;
ALTER TABLE records ADD PRIMARY KEY (device, epoch, seq, person, window_start);
ALTER TABLE records ADD FOREIGN KEY (person) REFERENCES accounts (person);
CREATE INDEX records_by_window ON records (person, window_start);
-- settled names no person, as before: it stays when its person is erased, and holds what outboxes of earlier versions were told, which
-- are bound to nobody. A database that spreads people spreads it by device.
