-- Which master key wraps the keys, by a tag that leads nowhere: whoever has another one makes none. Of before none was noted.
ALTER TABLE keyring ADD COLUMN master BYTEA;
