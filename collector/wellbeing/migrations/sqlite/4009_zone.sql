-- The organisation's zone in which roll-ups are made, by its name. looked_up_to: whose roll-ups were looked at last since it is another one,
-- in the order of their ids; none once that was everybody.
CREATE TABLE rollup_zone (
    one BIGINT NOT NULL PRIMARY KEY,
    zone TEXT NOT NULL,
    looked_up_to BLOB
);
-- The first day that changed is looked for whosever it is.
CREATE INDEX changed_days_by_day ON changed_days (day, person);
