-- How often somebody opened a list of everybody on a day. Up to which place of the log of access a day was counted (seen): what was counted up
-- to an earlier place never takes the place of what was counted later. Whether some of it was written while a clock was ahead, 1 or 0.
ALTER TABLE use_days ADD COLUMN lists BIGINT NOT NULL DEFAULT 0;
ALTER TABLE use_days ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE use_days ADD COLUMN ahead BIGINT NOT NULL DEFAULT 0;
-- Up to which instant, by the clocks by which entries were made, they were looked at: one that lay behind it was written while a clock was ahead.
ALTER TABLE use_place ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX access_log_by_time ON access_log (at);
-- All days are counted anew: otherwise nobody would have a habit of lists.
UPDATE use_place SET place = 0;
