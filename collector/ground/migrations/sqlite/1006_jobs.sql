-- What is to be done by one collector at a time. key: which one of its kind; empty where there is one. due: from when on, Unix milliseconds
-- of the database's clock, as all times here. holder: who has it, or had it last. lease_until: until when, unless renewed; none where nobody
-- has it. fence: rises with each claim. queued: rises each time that it is asked for. attempts: claims since it was done last.
CREATE TABLE jobs (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    due BIGINT NOT NULL,
    holder TEXT,
    lease_until BIGINT,
    fence BIGINT NOT NULL,
    queued BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    failing_since BIGINT,
    last_error TEXT,
    last_done BIGINT,
    PRIMARY KEY (kind, key)
);
CREATE INDEX jobs_due ON jobs (kind, due);
