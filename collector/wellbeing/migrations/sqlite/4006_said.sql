-- said: sums of what was said in hours that began before this instant, Unix milliseconds, stay as they are; what was seen in them is
-- made anew all the same, since windows are kept for longer than answers may be.
ALTER TABLE rollup_people ADD COLUMN said BIGINT NOT NULL DEFAULT 0;
