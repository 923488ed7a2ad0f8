-- What each device of a person said last of how it stands, sealed. In clear: under which enrolment, the number of the run and of the
-- word in it, by which an earlier one is told, and when it came.
CREATE TABLE device_heartbeats (
    person BYTEA NOT NULL REFERENCES accounts (person),
    device BYTEA NOT NULL,
    enrolment BIGINT NOT NULL,
    run BIGINT NOT NULL,
    number BIGINT NOT NULL,
    heard_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, device)
);
CREATE INDEX device_heartbeats_by_age ON device_heartbeats (heard_at);
