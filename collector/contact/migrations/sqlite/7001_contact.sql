-- What a person wants to be reminded of, and how: the rhythm lies sealed under their key. next_at: when it is to be looked at next, and
-- looked_at when that was last found out, by the database's clock: one that lies ahead is of before that clock leapt back.
CREATE TABLE reminder_plans (
    person BLOB NOT NULL REFERENCES accounts (person),
    kind BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, kind)
);
CREATE INDEX reminder_plans_by_time ON reminder_plans (next_at);
CREATE INDEX reminder_plans_by_look ON reminder_plans (looked_at);
-- A reminder, once for each time that it is due, whoever makes it. show_at: from when on it is shown; judge_at: when it counts as missed.
-- warns: whether it says that HR is told where it goes unanswered. closed_at: since when it is shown no more, as another one is.
CREATE TABLE reminders (
    person BLOB NOT NULL REFERENCES accounts (person),
    kind BIGINT NOT NULL,
    due BIGINT NOT NULL,
    show_at BIGINT NOT NULL,
    judge_at BIGINT NOT NULL,
    warns BIGINT NOT NULL,
    missed_at BIGINT,
    answered_at BIGINT,
    closed_at BIGINT,
    PRIMARY KEY (person, kind, due)
);
CREATE INDEX reminders_waiting ON reminders (judge_at) WHERE missed_at IS NULL AND answered_at IS NULL AND closed_at IS NULL;
CREATE INDEX reminders_by_age ON reminders (due);
-- That HR was told that three in a row went unanswered; due: of the last of them. ended_at: since when that is so no more.
CREATE TABLE reminder_notices (
    person BLOB NOT NULL REFERENCES accounts (person),
    kind BIGINT NOT NULL,
    due BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    seen_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (person, kind, due)
);
CREATE INDEX reminder_notices_by_time ON reminder_notices (told_at);
-- Letters between a person and HR, one behind the other on one subject, which lies sealed under the person's key. by_hr: whether HR began.
-- The numbers of the last letter, of the last by each side, and of the last that each side has read; 0 for none.
CREATE TABLE letter_threads (
    person BLOB NOT NULL REFERENCES accounts (person),
    thread BLOB NOT NULL,
    by_hr BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    letters BIGINT NOT NULL,
    last_of_person BIGINT NOT NULL,
    last_of_hr BIGINT NOT NULL,
    read_by_person BIGINT NOT NULL,
    read_by_hr BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, thread)
);
CREATE INDEX letter_threads_by_id ON letter_threads (thread);
CREATE INDEX letter_threads_by_time ON letter_threads (last_at, person);
-- A letter. nonce: by which it comes once, however often it is sent. What it says and whose login wrote it lies sealed under the person's key.
CREATE TABLE letters (
    person BLOB NOT NULL,
    thread BLOB NOT NULL,
    number BIGINT NOT NULL,
    nonce BLOB NOT NULL,
    by_hr BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, thread, number),
    UNIQUE (person, thread, nonce),
    FOREIGN KEY (person, thread) REFERENCES letter_threads (person, thread)
);
CREATE INDEX letters_by_time ON letters (at);
