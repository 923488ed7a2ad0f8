-- Who signs in with an identity provider of the organisation's. A subject is what the provider calls somebody; it is found by a tag.
-- A login has one subject at one provider.
CREATE TABLE outside_subjects (
    tag BYTEA NOT NULL PRIMARY KEY,
    login BYTEA NOT NULL REFERENCES logins (login),
    issuer BYTEA NOT NULL,
    linked_at BIGINT NOT NULL,
    UNIQUE (login, issuer)
);
-- Browsers that were led to a provider and have not come back: by hashes of what leads back and of the browser's own cookie.
CREATE TABLE outside_sign_ins (
    state BYTEA NOT NULL PRIMARY KEY,
    browser BYTEA NOT NULL,
    ends_at BIGINT NOT NULL
);
