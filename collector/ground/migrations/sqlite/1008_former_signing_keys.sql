-- The public halves of the keys with which the collectors of this database have signed before, and until when, Unix milliseconds: copies
-- of the ledgers of then are still believed.
CREATE TABLE former_signing_keys (public_key BLOB NOT NULL PRIMARY KEY, until BIGINT NOT NULL);
