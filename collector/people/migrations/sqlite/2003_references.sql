-- A row about a person is of one who is known, and a row about a device of one that is enrolled.
CREATE TABLE preferences_2003 (
    person BLOB NOT NULL PRIMARY KEY REFERENCES accounts (person),
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL
);
INSERT INTO preferences_2003 (person, size, sealed)
    SELECT person, size, sealed FROM preferences WHERE person IN (SELECT person FROM accounts);
DROP TABLE preferences;
ALTER TABLE preferences_2003 RENAME TO preferences;
CREATE TABLE device_enrolments_2003 (
    device BLOB NOT NULL REFERENCES devices (device),
    number BIGINT NOT NULL,
    person BLOB NOT NULL,
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (device, number)
);
INSERT INTO device_enrolments_2003 (device, number, person, enrolled_at)
    SELECT device, number, person, enrolled_at FROM device_enrolments WHERE device IN (SELECT device FROM devices);
DROP TABLE device_enrolments;
ALTER TABLE device_enrolments_2003 RENAME TO device_enrolments;
