-- What waits to be mailed to who signs in: neither address nor text, for the link is made when it goes.
CREATE TABLE mails (
    id BLOB NOT NULL PRIMARY KEY,
    login BLOB NOT NULL REFERENCES logins (login) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    UNIQUE (login, kind)
);
-- Whether a link was asked for by mail: such a one takes no administrator's away.
ALTER TABLE login_links ADD COLUMN mailed BIGINT NOT NULL DEFAULT 0;
