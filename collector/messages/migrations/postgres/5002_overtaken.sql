-- Names of messages that were deleted where they were written, by their tags: what comes under one behind its deletion is not taken in.
-- deleted_at: when that was heard; none is kept for longer than a message may be. emptied_at: where it was not deleted but left without words
-- that can be read, since when, as its platform says: words of a later change are taken in.
CREATE TABLE deleted_refs (
    channel BYTEA NOT NULL REFERENCES channels (id),
    ref_tag BYTEA NOT NULL,
    deleted_at BIGINT NOT NULL,
    emptied_at BIGINT,
    PRIMARY KEY (channel, ref_tag)
);
CREATE INDEX deleted_refs_by_age ON deleted_refs (deleted_at);
-- When the words that a message has now were put there, as its platform says, where it was changed: an earlier change that comes later is
-- none.
ALTER TABLE message_refs ADD COLUMN changed_at BIGINT;
-- Of whom something waits is found without looking at all of it.
CREATE INDEX messages_waiting_by_person ON messages (person, due_at, id) WHERE state < 2;
