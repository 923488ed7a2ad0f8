-- A code, an enrolment and an outbox are of a person who is known, and an outbox of an enrolment that was. Those of who has
-- neither account nor key serve nobody: they go, and their device is told that it is not enrolled; it keeps what it holds. Where
-- only the enrolment of an outbox is missing, it is put back from the outbox, which was bound to the same person for good.
-- Indices, since a person who is forgotten is looked for in each of these tables.
CREATE TABLE enrolment_codes_2006 (
    name BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL REFERENCES accounts (person),
    sealed BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Who took it, with which request and when; a code is taken once.
    device BLOB,
    nonce BLOB,
    taken_at BIGINT
);
INSERT INTO enrolment_codes_2006 (name, person, sealed, expires_at, device, nonce, taken_at)
    SELECT name, person, sealed, expires_at, device, nonce, taken_at FROM enrolment_codes
    WHERE person IN (SELECT person FROM accounts);
DROP TABLE enrolment_codes;
ALTER TABLE enrolment_codes_2006 RENAME TO enrolment_codes;
CREATE INDEX enrolment_codes_by_person ON enrolment_codes (person);
CREATE TABLE device_enrolments_2006 (
    device BLOB NOT NULL REFERENCES devices (device),
    number BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (device, number)
);
INSERT INTO device_enrolments_2006 (device, number, person, enrolled_at)
    SELECT device, number, person, enrolled_at FROM device_enrolments WHERE person IN (SELECT person FROM accounts);
INSERT INTO device_enrolments_2006 (device, number, person, enrolled_at)
    SELECT epochs.device, epochs.number, epochs.person, devices.enrolled_at
    FROM device_epochs epochs JOIN devices ON devices.device = epochs.device
    WHERE epochs.person IN (SELECT person FROM accounts)
    ON CONFLICT (device, number) DO NOTHING;
DROP TABLE device_enrolments;
ALTER TABLE device_enrolments_2006 RENAME TO device_enrolments;
CREATE INDEX device_enrolments_by_person ON device_enrolments (person);
CREATE TABLE device_epochs_2006 (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    PRIMARY KEY (device, epoch),
    FOREIGN KEY (device, number) REFERENCES device_enrolments (device, number)
);
INSERT INTO device_epochs_2006 (device, epoch, number, person)
    SELECT device, epoch, number, person FROM device_epochs
    WHERE person IN (SELECT person FROM accounts) AND EXISTS
    (SELECT 1 FROM device_enrolments made WHERE made.device = device_epochs.device AND made.number = device_epochs.number);
DROP TABLE device_epochs;
ALTER TABLE device_epochs_2006 RENAME TO device_epochs;
CREATE INDEX device_epochs_by_person ON device_epochs (person);
-- consent_log refers to nobody: it proves what was agreed to also once its person, and with them the key, is gone, and no entry
-- can be taken out of it, or given another person, without breaking the chain of all behind it.
