-- Who signs in. (accounts is of the people who are sensed; who signs in may be one of them.) A name and an address of mail lie
-- sealed under the key of their login, and are found by tags that are made with a key of the collectors'.
CREATE TABLE logins (
    login BYTEA NOT NULL PRIMARY KEY,
    name_tag BYTEA NOT NULL UNIQUE,
    mail_tag BYTEA UNIQUE,
    sealed BYTEA NOT NULL,
    -- Argon2id, as a PHC string; none as long as its owner has chosen none.
    password TEXT,
    person BYTEA UNIQUE REFERENCES accounts (person),
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    -- Counted up to lock a login's row.
    updates BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE login_roles (
    login BYTEA NOT NULL REFERENCES logins (login),
    role TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (login, role)
);
-- The second factor: codes by time. The step used last is kept, so that no code is taken twice.
CREATE TABLE login_totp (
    login BYTEA NOT NULL PRIMARY KEY REFERENCES logins (login),
    sealed BYTEA NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    login BYTEA NOT NULL REFERENCES logins (login),
    hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (login, hash)
);
-- One-time links: to choose a password. Only their hashes lie here, as those of all that a client shows.
CREATE TABLE login_links (
    hash BYTEA NOT NULL PRIMARY KEY,
    login BYTEA NOT NULL REFERENCES logins (login),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX login_links_by_login ON login_links (login);
CREATE TABLE login_sessions (
    hash BYTEA NOT NULL PRIMARY KEY,
    login BYTEA NOT NULL REFERENCES logins (login),
    -- What is still to be shown: 0 nothing, 1 a code, 2 a second factor is to be set up.
    stage BIGINT NOT NULL,
    role TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- What the browser says that it is, sealed.
    sealed BYTEA NOT NULL
);
CREATE INDEX login_sessions_by_login ON login_sessions (login);
-- A family of refresh tokens begins at a sign-in; each is used once, and one that is used again ends its family.
CREATE TABLE token_families (
    family BYTEA NOT NULL PRIMARY KEY,
    login BYTEA NOT NULL REFERENCES logins (login),
    made_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX token_families_by_login ON token_families (login);
CREATE TABLE refresh_tokens (
    hash BYTEA NOT NULL PRIMARY KEY,
    family BYTEA NOT NULL REFERENCES token_families (family),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
-- Keys that sign access tokens; the newest signs, those before still check until what they signed has ended.
CREATE TABLE token_keys (kid TEXT NOT NULL PRIMARY KEY, sealed BYTEA NOT NULL, made_at BIGINT NOT NULL);
-- Machines.
CREATE TABLE service_tokens (
    id BYTEA NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made_by BYTEA REFERENCES logins (login),
    made_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    used_at BIGINT
);
-- How often signing in failed, by tags of names and of addresses.
CREATE TABLE failed_sign_ins (
    tag BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    failed_at BIGINT NOT NULL
);
-- From where somebody has signed in before: by tags of a login with a browser's cookie or an address.
CREATE TABLE known_places (
    tag BYTEA NOT NULL PRIMARY KEY,
    login BYTEA NOT NULL REFERENCES logins (login),
    seen_at BIGINT NOT NULL
);
CREATE INDEX known_places_by_login ON known_places (login);
