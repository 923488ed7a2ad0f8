-- Whether whoever signs in made the account for themselves (1) or an administrator did (0); none of before that was noted.
ALTER TABLE logins ADD COLUMN registered BIGINT;
