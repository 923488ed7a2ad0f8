-- What a record of an analysis was derived from, told only to who holds its person's key: equal content of one session
-- counts once. Rows of before have none.
ALTER TABLE analysis_records ADD COLUMN content BLOB;
CREATE INDEX analysis_records_by_content ON analysis_records (session, content) WHERE content IS NOT NULL;
