-- When whoever signed in showed that it is they, Unix milliseconds; 0 where that is not known. Of sessions of before: when they began.
ALTER TABLE login_sessions ADD COLUMN shown_at BIGINT;
-- Counted up when a way in which somebody signs in is taken away: a passkey, or an account at the identity provider.
ALTER TABLE logins ADD COLUMN ways BIGINT NOT NULL DEFAULT 0;
