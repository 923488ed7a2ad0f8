-- 1 for whoever was made where nobody had their user id in letters of another case: of two who are made at once one is. Of before it is
-- not known; there may be several.
ALTER TABLE accounts ADD COLUMN sole BIGINT;
CREATE UNIQUE INDEX accounts_sole ON accounts (folded_tag) WHERE sole = 1;
