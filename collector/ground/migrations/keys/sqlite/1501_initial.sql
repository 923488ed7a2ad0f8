-- One row: whose keys these are, by the public key of the collectors' signature. Another database is refused.
CREATE TABLE keyring (place INTEGER NOT NULL PRIMARY KEY, collector BLOB NOT NULL);
-- A person's data key, wrapped by the master key. Deleting the row makes everything sealed under it unreadable. Unclaimed is one of
-- whom the database knows nothing, since when that was noticed.
CREATE TABLE person_keys (
    person BLOB NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    unclaimed_since BIGINT
);
-- Whose key was destroyed: a copy of the database that still knows them is told from one whose keys are lost.
CREATE TABLE destroyed_keys (person BLOB NOT NULL PRIMARY KEY, destroyed_at BIGINT NOT NULL);
