-- Who read what of whom, and acts that weigh: append-only; each hash is over the one before and the entry. A person of sixteen
-- bytes of 0xff stands for everybody, none for nobody. It refers to nobody: it proves what was read also once who was read of, or
-- who read, is gone, and says nothing of either that could be read without their rows.
CREATE TABLE access_log (
    place BIGINT NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    login BYTEA NOT NULL,
    detail BYTEA NOT NULL,
    role TEXT NOT NULL,
    what TEXT NOT NULL,
    at BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE INDEX access_log_by_person ON access_log (person, place);
CREATE TABLE access_head (one BIGINT NOT NULL PRIMARY KEY, entries BIGINT NOT NULL, hash BYTEA NOT NULL);
INSERT INTO access_head (one, entries, hash) VALUES (1, 0, ''::bytea);
-- What was erased: how many rows of which tables, and nothing of whom. One that is not done is gone on with.
CREATE TABLE erasures (
    id BYTEA NOT NULL PRIMARY KEY,
    begun_at BIGINT NOT NULL,
    done_at BIGINT,
    counts TEXT NOT NULL
);
CREATE TABLE erased_people (
    erasure BYTEA NOT NULL REFERENCES erasures (id),
    person BYTEA NOT NULL,
    PRIMARY KEY (erasure, person)
);
-- What people say against a score of theirs, sealed. about is what it stands beside: a session.
CREATE TABLE corrections (
    id BYTEA NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL REFERENCES accounts (person),
    about BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX corrections_by_person ON corrections (person, about);
-- What people ask of the organisation, by a name that leads to nobody without the collector's key.
CREATE TABLE requests (
    id BYTEA NOT NULL PRIMARY KEY,
    pseudonym TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX requests_by_pseudonym ON requests (pseudonym);
-- What was deleted for its age, by whom it was set: one row for each round that deleted something.
CREATE TABLE retention_log (
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    deleted BIGINT NOT NULL
);
CREATE INDEX retention_log_by_age ON retention_log (at);
-- What a person calls a device of theirs, sealed.
CREATE TABLE device_names (
    device BYTEA NOT NULL,
    person BYTEA NOT NULL REFERENCES accounts (person),
    sealed BYTEA NOT NULL,
    PRIMARY KEY (device, person)
);
-- An outside user id lies sealed under its person's key, and is found by a tag that is made with a key of the collectors'. Those of
-- before lie in user_id until the collector starts, which seals them: a statement cannot.
ALTER TABLE accounts ADD COLUMN user_tag BYTEA;
ALTER TABLE accounts ADD COLUMN sealed BYTEA;
CREATE UNIQUE INDEX accounts_by_tag ON accounts (user_tag);
