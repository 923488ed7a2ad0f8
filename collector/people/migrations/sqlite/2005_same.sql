-- User ids are read in one form since then: where two accounts turn out to be one person's, the second one says whose it is.
-- What is sealed and chained stays under its own person; who asks by the user id is told of both.
ALTER TABLE accounts ADD COLUMN same_as BLOB REFERENCES accounts (person);
CREATE INDEX accounts_same ON accounts (same_as) WHERE same_as IS NOT NULL;
