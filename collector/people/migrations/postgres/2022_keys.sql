-- The keys that a device had before, each behind the one before it: whoever uses one has a copy of its state from then.
CREATE TABLE former_device_keys (
    device BYTEA NOT NULL REFERENCES devices (device),
    place BIGINT NOT NULL,
    former_key BYTEA NOT NULL,
    PRIMARY KEY (device, place)
);
INSERT INTO former_device_keys (device, place, former_key)
    SELECT device, 1, former_key FROM devices WHERE former_key IS NOT NULL;
ALTER TABLE devices DROP COLUMN former_key;
-- Which of the collector's keys a device pins; none: the first that there was.
ALTER TABLE devices ADD COLUMN collector_key BYTEA;
