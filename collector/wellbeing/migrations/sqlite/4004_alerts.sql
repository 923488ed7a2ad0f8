-- Alerts about a person: for that person, and, as far as they agreed, for who supports them. What it is about lies sealed under their key.
CREATE TABLE person_alerts (
    person BLOB NOT NULL REFERENCES accounts (person),
    id BLOB NOT NULL,
    opened_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    closed_at BIGINT,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, id)
);
CREATE INDEX person_alerts_by_age ON person_alerts (opened_at, person);
-- What became of one, only appended.
CREATE TABLE person_alert_events (
    person BLOB NOT NULL REFERENCES accounts (person),
    alert BLOB NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, alert, number)
);
-- Who was looked at last: on which day (days since 1970-01-01), and how often days of theirs had changed then.
CREATE TABLE alert_people (
    person BLOB NOT NULL PRIMARY KEY,
    day BIGINT NOT NULL,
    changes BIGINT NOT NULL
);
-- Whom a person chose to support them. supporter: a login, or 16 bytes of nobody where the name that was given is nobody's. The name lies
-- sealed under the person's key.
CREATE TABLE alert_supporters (
    person BLOB NOT NULL REFERENCES accounts (person),
    id BLOB NOT NULL,
    supporter BLOB NOT NULL,
    asked_at BIGINT NOT NULL,
    accepted_at BIGINT,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, id)
);
CREATE INDEX alert_supporters_by_supporter ON alert_supporters (supporter);
-- Alerts about a team, made of figures that were given. acknowledged_by: the login that holds it. changes: how often
-- it was changed.
CREATE TABLE team_alerts (
    id BLOB NOT NULL PRIMARY KEY,
    team BLOB NOT NULL,
    rule BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by BLOB,
    closed_at BIGINT,
    changes BIGINT NOT NULL,
    content BLOB NOT NULL
);
CREATE UNIQUE INDEX team_alerts_open ON team_alerts (team, rule) WHERE closed_at IS NULL;
CREATE INDEX team_alerts_by_age ON team_alerts (opened_at);
-- What became of one, only appended. login: whose deed it is; what they wrote lies sealed under their key.
CREATE TABLE team_alert_events (
    alert BLOB NOT NULL REFERENCES team_alerts (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    login BLOB,
    sealed BLOB,
    PRIMARY KEY (alert, number)
);
-- What is handed to other programs, and how that went. event: 1 opened, 2 closed. channel: 1 signed, 2 as Slack takes it. state: 0 waits,
-- 1 done, 2 given up. error: in words, without anything of anybody.
CREATE TABLE alert_deliveries (
    id BLOB NOT NULL PRIMARY KEY,
    alert BLOB NOT NULL REFERENCES team_alerts (id) ON DELETE CASCADE,
    event BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    state BIGINT NOT NULL,
    done_at BIGINT,
    error TEXT,
    UNIQUE (alert, event, channel)
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (state, due_at);
-- How somebody is told, sealed under their key.
CREATE TABLE alert_choices (
    login BLOB NOT NULL PRIMARY KEY REFERENCES logins (login) ON DELETE CASCADE,
    sealed BLOB NOT NULL
);
