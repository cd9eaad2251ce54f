-- Counts the changes to this file other than appended entries, which their tree counts: a file that is older than
-- what a process last wrote to it is known by it.
CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
INSERT INTO revision VALUES (0);

-- The identity of the file of keys that this log is sealed with: one row, once they were first used together.
CREATE TABLE own_keys (identity BLOB NOT NULL) STRICT;
