-- Keys with which people sign in (WebAuthn): the public half and what its owner calls it, sealed under the key of the login. It is
-- found by a tag of what the key is called.
CREATE TABLE passkeys (
    tag BYTEA NOT NULL PRIMARY KEY,
    login BYTEA NOT NULL REFERENCES logins (login),
    sealed BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkeys_by_login ON passkeys (login);
-- What browsers were asked and have not answered yet, by a hash; of who adds a key sealed under theirs.
CREATE TABLE passkey_steps (
    hash BYTEA NOT NULL PRIMARY KEY,
    login BYTEA REFERENCES logins (login),
    state BYTEA NOT NULL,
    ends_at BIGINT NOT NULL
);
