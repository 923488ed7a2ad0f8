-- What is kept of a person is of one who is known. Rows of one who is not have no key either, so nobody can open them: they
-- go. A session that was being deleted keeps its person until nothing is left of it.
DELETE FROM fused_windows WHERE session IN
    (SELECT session FROM sessions WHERE person NOT IN (SELECT person FROM accounts));
DELETE FROM analysis_records WHERE session IN
    (SELECT session FROM sessions WHERE person NOT IN (SELECT person FROM accounts));
DELETE FROM sessions WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE sessions ADD FOREIGN KEY (person) REFERENCES accounts (person);
DELETE FROM records WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE records ADD FOREIGN KEY (person) REFERENCES accounts (person);
DELETE FROM dropped WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE dropped ADD FOREIGN KEY (person) REFERENCES accounts (person);
CREATE INDEX dropped_by_person ON dropped (person, last_window);
DELETE FROM quarantine WHERE person NOT IN (SELECT person FROM accounts);
ALTER TABLE quarantine ADD FOREIGN KEY (person) REFERENCES accounts (person);
CREATE INDEX quarantine_by_person ON quarantine (person, received_at);
DELETE FROM pending_fusion WHERE person NOT IN (SELECT person FROM accounts);
DELETE FROM deleted_spans WHERE person NOT IN (SELECT person FROM accounts);
