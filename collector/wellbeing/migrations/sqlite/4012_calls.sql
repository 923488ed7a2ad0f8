-- Whether somebody who was chosen is to be told to get in touch where what the person writes shows a sign of danger: since when they are
-- asked, and since when they have said yes.
ALTER TABLE alert_supporters ADD COLUMN danger_asked_at BIGINT;
ALTER TABLE alert_supporters ADD COLUMN danger_accepted_at BIGINT;
-- That somebody who was chosen is to get in touch: once for each sign, which stands here by a tag that tells nothing of it. told_at: since
-- when that was made ready to be mailed, or stood on their page anyway. ended_at: since when they have got in touch.
CREATE TABLE supporter_calls (
    person BLOB NOT NULL REFERENCES accounts (person),
    chosen BLOB NOT NULL,
    sign BLOB NOT NULL,
    called_at BIGINT NOT NULL,
    told_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (person, chosen, sign),
    FOREIGN KEY (person, chosen) REFERENCES alert_supporters (person, id) ON DELETE CASCADE
);
CREATE INDEX supporter_calls_untold ON supporter_calls (called_at) WHERE told_at IS NULL;
