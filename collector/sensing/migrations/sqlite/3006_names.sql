-- The name that a client gave a session of its own, sealed under its person's key: lists give it back as it came. Rows of before
-- have none.
ALTER TABLE sessions ADD COLUMN name BLOB;
