-- A row about a person is of one who is known, and a row about a device of one that is enrolled.
DELETE FROM preferences WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE preferences ADD FOREIGN KEY (person) REFERENCES accounts (person);
DELETE FROM device_enrolments WHERE device NOT IN (SELECT device FROM devices);
ALTER TABLE device_enrolments ADD FOREIGN KEY (device) REFERENCES devices (device);
