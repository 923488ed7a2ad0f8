-- A person's data key, wrapped by the master key. Deleting the row makes everything sealed under it unreadable.
CREATE TABLE person_keys (person BYTEA NOT NULL PRIMARY KEY, wrapped BYTEA NOT NULL);
-- The collector's own secrets, sealed under the master key, so that several collectors share them.
CREATE TABLE collector_keys (name TEXT NOT NULL PRIMARY KEY, sealed BYTEA NOT NULL);
