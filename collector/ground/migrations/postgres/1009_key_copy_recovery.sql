-- The public half of the recovery key for which copies are sealed: a collector that has another one writes none.
ALTER TABLE key_copy ADD COLUMN recovery BYTEA;
