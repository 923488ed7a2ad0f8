-- What stands at a place, told only to who holds its person's key: an item that is sent again is known by it, and another
-- one that claims its place is not taken for it. Rows of before have none.
ALTER TABLE records ADD COLUMN fingerprint BLOB;
ALTER TABLE settled ADD COLUMN fingerprint BLOB;
-- What could not be read and is kept aside lies with its device and person. What was kept before named neither.
DROP TABLE quarantine;
CREATE TABLE quarantine (
    device BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    person BLOB NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
