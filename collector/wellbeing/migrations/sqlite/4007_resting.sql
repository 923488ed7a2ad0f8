-- On what alerts rest. people: of how many people, at least, each figure is of which one about a team was made; five, which no figure was
-- ever of fewer, where that was not noted. consents: the place in the log of consents up to which it was looked who had changed any when
-- somebody was looked at.
ALTER TABLE team_alerts ADD COLUMN people BIGINT NOT NULL DEFAULT 5;
ALTER TABLE alert_people ADD COLUMN consents BIGINT NOT NULL DEFAULT -1;
