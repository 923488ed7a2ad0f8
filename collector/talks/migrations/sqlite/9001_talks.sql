-- What people agreed to of talks, only appended, sealed under their key.
CREATE TABLE talk_consents (
    person BLOB NOT NULL REFERENCES accounts (person),
    number BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, number)
);
-- A talk, under a random number of eleven digits. turns: the number of its last turn, and seen: of the last that its person has seen.
-- look_at: when it is looked at next, which every talk is a day after its last turn. Title, room, status and all else lie sealed under the
-- person's key: of nobody it stands in clear that a talk of theirs requires attention.
CREATE TABLE talks (
    person BLOB NOT NULL REFERENCES accounts (person),
    talk BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    turns BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    look_at BIGINT,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, talk)
);
CREATE INDEX talks_by_look ON talks (look_at);
CREATE INDEX talks_by_time ON talks (last_at);
-- A turn. own: whether its person wrote it. nonce: by which it comes once, however often it is sent.
CREATE TABLE talk_turns (
    person BLOB NOT NULL,
    talk BIGINT NOT NULL,
    number BIGINT NOT NULL,
    nonce BLOB NOT NULL,
    own BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, talk, number),
    UNIQUE (person, talk, nonce),
    FOREIGN KEY (person, talk) REFERENCES talks (person, talk)
);
CREATE INDEX talk_turns_by_time ON talk_turns (person, at);
-- An answer that a language model is asked for, once, whoever asks: number is that of the turn which it becomes. state: 0 waits, 1 is being
-- made, 2 done, 3 stopped, 4 cut. sealed: what was said of it until now, while it is being made.
CREATE TABLE talk_answers (
    person BLOB NOT NULL,
    talk BIGINT NOT NULL,
    number BIGINT NOT NULL,
    state BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    holder TEXT,
    lease_until BIGINT,
    sealed BLOB,
    PRIMARY KEY (person, talk, number),
    FOREIGN KEY (person, talk) REFERENCES talks (person, talk)
);
CREATE INDEX talk_answers_open ON talk_answers (asked_at) WHERE state < 2;
-- What is remembered from talk to talk of who allowed that.
CREATE TABLE talk_memory (
    person BLOB NOT NULL REFERENCES accounts (person),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, number)
);
-- What somebody wrote down for when they are in danger.
CREATE TABLE safety_plans (
    person BLOB NOT NULL REFERENCES accounts (person),
    at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person)
);
-- A report of a talk, written for its person. shared: what of it HR sees, sealed under the person's key by itself; none as long as nothing
-- of it is released.
CREATE TABLE talk_reports (
    person BLOB NOT NULL,
    talk BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    released_at BIGINT,
    sealed BLOB NOT NULL,
    shared BLOB,
    PRIMARY KEY (person, talk),
    FOREIGN KEY (person, talk) REFERENCES talks (person, talk)
);
CREATE INDEX talk_reports_released ON talk_reports (released_at) WHERE released_at IS NOT NULL;
-- That text left for a language model: when, and how many bytes; to where lies sealed. Written before it leaves.
CREATE TABLE talk_egress (
    person BLOB NOT NULL REFERENCES accounts (person),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, number)
);
CREATE INDEX talk_egress_by_time ON talk_egress (at);
-- How many answers of models somebody asked for within a day, counted from 1970 on in UTC, and when in it they wrote last: by that a reminder to
-- talk is answered, also where they deleted the talk since.
CREATE TABLE talk_limits (
    person BLOB NOT NULL REFERENCES accounts (person),
    day BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    last_at BIGINT,
    PRIMARY KEY (person, day)
);
