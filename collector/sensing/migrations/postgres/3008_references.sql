-- A window that waits to be fused and a span that was deleted are of a person who is known. Of who is not there is nothing to
-- fuse, and nothing comes that could be taken in: such rows go.
DELETE FROM pending_fusion WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE pending_fusion ADD FOREIGN KEY (person) REFERENCES accounts (person);
DELETE FROM deleted_spans WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE deleted_spans ADD FOREIGN KEY (person) REFERENCES accounts (person);
-- settled refers to nothing: it names no person and is what devices were told, kept by its age alone, also of outboxes of earlier
-- versions, which are bound to somebody only when they send again.
