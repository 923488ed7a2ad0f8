-- number: when what devices are told of it was chosen, Unix milliseconds; 0 where no device need be told. What was chosen before
-- devices were told anything is told to all.
ALTER TABLE preferences ADD COLUMN number BIGINT NOT NULL DEFAULT 1;
-- Which number a device says that it follows, under which enrolment, and since when.
CREATE TABLE preferences_followed (
    device BLOB NOT NULL,
    enrolment BIGINT NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (device, enrolment)
);
CREATE INDEX preferences_followed_by_person ON preferences_followed (person);
