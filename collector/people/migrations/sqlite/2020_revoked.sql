-- Who was revoked, or has another key, lately is asked for every second.
CREATE INDEX devices_revoked ON devices (revoked_at) WHERE revoked_at IS NOT NULL;
-- The key that a device had before this one, since when it has this one, and when somebody used the one before after that.
ALTER TABLE devices ADD COLUMN former_key BLOB;
ALTER TABLE devices ADD COLUMN key_changed_at BIGINT;
ALTER TABLE devices ADD COLUMN former_key_used_at BIGINT;
CREATE INDEX devices_key_changed ON devices (key_changed_at) WHERE key_changed_at IS NOT NULL;
