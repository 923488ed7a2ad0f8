-- A code, an enrolment and an outbox are of a person who is known, and an outbox of an enrolment that was. Those of who has
-- neither account nor key serve nobody: they go, and their device is told that it is not enrolled; it keeps what it holds. Where
-- only the enrolment of an outbox is missing, it is put back from the outbox, which was bound to the same person for good.
-- Indices, since a person who is forgotten is looked for in each of these tables.
DELETE FROM enrolment_codes WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE enrolment_codes ADD FOREIGN KEY (person) REFERENCES accounts (person);
CREATE INDEX enrolment_codes_by_person ON enrolment_codes (person);
DELETE FROM device_enrolments WHERE person NOT IN (SELECT person FROM accounts);
INSERT INTO device_enrolments (device, number, person, enrolled_at)
    SELECT epochs.device, epochs.number, epochs.person, devices.enrolled_at
    FROM device_epochs epochs JOIN devices ON devices.device = epochs.device
    WHERE epochs.person IN (SELECT person FROM accounts)
    ON CONFLICT (device, number) DO NOTHING;
ALTER TABLE device_enrolments ADD FOREIGN KEY (person) REFERENCES accounts (person);
CREATE INDEX device_enrolments_by_person ON device_enrolments (person);
DELETE FROM device_epochs WHERE person NOT IN (SELECT person FROM accounts) OR NOT EXISTS
    (SELECT 1 FROM device_enrolments made WHERE made.device = device_epochs.device AND made.number = device_epochs.number);
ALTER TABLE device_epochs ADD FOREIGN KEY (device, number) REFERENCES device_enrolments (device, number);
ALTER TABLE device_epochs ADD FOREIGN KEY (person) REFERENCES accounts (person);
CREATE INDEX device_epochs_by_person ON device_epochs (person);
-- consent_log refers to nobody: it proves what was agreed to also once its person, and with them the key, is gone, and no entry
-- can be taken out of it, or given another person, without breaking the chain of all behind it.
