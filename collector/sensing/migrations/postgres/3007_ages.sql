-- What is forgotten for its age is found by it, and not by looking through everything each minute.
CREATE INDEX settled_by_age ON settled (received_at);
CREATE INDEX deleted_spans_by_age ON deleted_spans (deleted_at);
