-- Whose key is there and who has no account belongs to nobody known: what is kept of them goes as an analysis without a user
-- id does, 30 days from now.
INSERT INTO accounts (person, user_id, created_at)
    SELECT person, NULL, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000 FROM person_keys
    WHERE person NOT IN (SELECT person FROM accounts);
