-- Teams. A person may be in several, and whoever leads one signs in. Instants are Unix milliseconds; until is the first one that
-- is outside. updates is counted up to lock a team's row.
CREATE TABLE teams (
    team BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- The name in small letters: of the teams that are not closed no two have one.
    folded TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    closed_at BIGINT,
    updates BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX teams_open_by_name ON teams (folded) WHERE closed_at IS NULL;
CREATE TABLE team_members (
    period BLOB NOT NULL PRIMARY KEY,
    team BLOB NOT NULL REFERENCES teams (team),
    person BLOB NOT NULL REFERENCES accounts (person),
    since BIGINT NOT NULL,
    until BIGINT
);
CREATE INDEX team_members_by_team ON team_members (team, person);
CREATE INDEX team_members_by_person ON team_members (person);
CREATE TABLE team_managers (
    period BLOB NOT NULL PRIMARY KEY,
    team BLOB NOT NULL REFERENCES teams (team),
    login BLOB NOT NULL REFERENCES logins (login),
    since BIGINT NOT NULL,
    until BIGINT
);
CREATE INDEX team_managers_by_team ON team_managers (team, login);
CREATE INDEX team_managers_by_login ON team_managers (login);
-- Since when nothing of a device is taken in any more, as long as it is not enrolled anew.
ALTER TABLE devices ADD COLUMN revoked_at BIGINT;
