-- A code is found by a name that may be told, and proved by a key that lies sealed; the code itself is nowhere. Codes live
-- for minutes, so those of before are not taken over.
DROP TABLE enrolment_codes;
CREATE TABLE enrolment_codes (
    name BYTEA NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Who took it, with which request and when; a code is taken once.
    device BYTEA,
    nonce BYTEA,
    taken_at BIGINT
);
-- Whose a device is goes by the number of its enrolment, which the device counts up, and by no clock.
CREATE TABLE device_enrolments (
    device BYTEA NOT NULL,
    number BIGINT NOT NULL,
    person BYTEA NOT NULL,
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (device, number)
);
INSERT INTO device_enrolments (device, number, person, enrolled_at)
    SELECT device, ROW_NUMBER() OVER (PARTITION BY device ORDER BY since), person, since FROM device_owners;
DROP TABLE device_owners;
-- An outbox belongs to one person, for good.
CREATE TABLE device_epochs (
    device BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (device, epoch)
);
-- Where the log of consents ends: several collectors append to it one after the other, and a tail that was cut off shows.
CREATE TABLE consent_head (one BIGINT NOT NULL PRIMARY KEY, entries BIGINT NOT NULL, hash BYTEA NOT NULL);
INSERT INTO consent_head (one, entries, hash)
    SELECT 1, place + 1, hash FROM consent_log WHERE place = (SELECT MAX(place) FROM consent_log);
INSERT INTO consent_head (one, entries, hash)
    SELECT 1, 0, ''::bytea WHERE NOT EXISTS (SELECT 1 FROM consent_head);
