-- By what people are found whose user ids differ in capital letters only; several may have one. Those of before are given theirs when the
-- collector starts: a statement cannot open what lies sealed.
ALTER TABLE accounts ADD COLUMN folded_tag BYTEA;
CREATE INDEX accounts_by_folded_tag ON accounts (folded_tag);
