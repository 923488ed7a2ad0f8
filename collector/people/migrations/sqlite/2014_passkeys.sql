-- Keys with which people sign in (WebAuthn): the public half and what its owner calls it, sealed under the key of the login. It is
-- found by a tag of what the key is called.
CREATE TABLE passkeys (
    tag BLOB NOT NULL PRIMARY KEY,
    login BLOB NOT NULL REFERENCES logins (login),
    sealed BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkeys_by_login ON passkeys (login);
-- What browsers were asked and have not answered yet, by a hash; of who adds a key sealed under theirs.
CREATE TABLE passkey_steps (
    hash BLOB NOT NULL PRIMARY KEY,
    login BLOB REFERENCES logins (login),
    state BLOB NOT NULL,
    ends_at BIGINT NOT NULL
);
