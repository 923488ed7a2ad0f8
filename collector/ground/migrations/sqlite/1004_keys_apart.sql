-- One row: since when the keys of people lie apart from the database. Copies of the database of before hold the keys of then.
CREATE TABLE keys_apart (place INTEGER NOT NULL PRIMARY KEY, since BIGINT NOT NULL);
