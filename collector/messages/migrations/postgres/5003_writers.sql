-- The name by which a writer is found, and where, for whose it is to see; none where it was linked before it was kept.
ALTER TABLE writers ADD COLUMN sealed BYTEA;
