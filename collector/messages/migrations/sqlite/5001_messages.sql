-- Where messages are written. kind: 0 jira, 1 chat, 2 meeting, 3 discord, 4 slack, 5 teams, 6 email. external_id: how the program that has
-- it calls it. active: 1, or 0 where nothing is taken in from it.
CREATE TABLE channels (
    id BLOB NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    external_id TEXT NOT NULL,
    active BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    UNIQUE (kind, external_id)
);
-- Messages of people. size: bytes of the text. state: 0 waits, 1 is being analysed, 2 was, 3 could not be. holder, lease_until, fence: who
-- analyses it, until when, and how often somebody has begun. reason: why it could not be. network: which weights have scored it.
-- ref_tag: by what it is told from others of its channel. text_sealed: none once it is analysed, but where the person keeps theirs.
CREATE TABLE messages (
    person BLOB NOT NULL REFERENCES accounts (person),
    id BLOB NOT NULL,
    channel BLOB NOT NULL REFERENCES channels (id),
    said_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    state BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    holder TEXT,
    lease_until BIGINT,
    fence BIGINT NOT NULL,
    reason BIGINT,
    network BLOB,
    ref_tag BLOB,
    text_sealed BLOB,
    scores_sealed BLOB,
    PRIMARY KEY (person, id)
);
CREATE INDEX messages_waiting ON messages (due_at, person, id) WHERE state < 2;
CREATE INDEX messages_by_time ON messages (person, said_at, id);
CREATE INDEX messages_by_age ON messages (said_at, person);
CREATE INDEX messages_by_id ON messages (id);
-- Which message has come under which name of its channel, by a tag of that name under the collectors' own key: each comes once.
CREATE TABLE message_refs (
    channel BLOB NOT NULL REFERENCES channels (id),
    ref_tag BLOB NOT NULL,
    person BLOB NOT NULL REFERENCES accounts (person),
    message BLOB NOT NULL,
    PRIMARY KEY (channel, ref_tag)
);
CREATE INDEX message_refs_by_person ON message_refs (person, message);
-- What a person agreed to, only appended; the newest counts.
CREATE TABLE message_consents (
    person BLOB NOT NULL REFERENCES accounts (person),
    number BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, number)
);
-- How people are called where they write, by tags of those names under the collectors' own key.
CREATE TABLE writers (
    tag BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL REFERENCES accounts (person)
);
CREATE INDEX writers_by_person ON writers (person);
