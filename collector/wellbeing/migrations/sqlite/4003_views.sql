-- What somebody keeps of the pages of teams, to come back to: of a login, and gone with it. asked is what the page is asked for, in the
-- one order in which this program writes it, and holds no figure.
CREATE TABLE saved_views (
    login BLOB NOT NULL REFERENCES logins (login) ON DELETE CASCADE,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    asked TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (login, id)
);
CREATE UNIQUE INDEX saved_views_by_name ON saved_views (login, name);
