-- Counts the changes to this file: one that is older than what a process last wrote to it is known by it.
CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
INSERT INTO revision VALUES (0);

-- By this the audit log that was sealed with these keys knows them again.
CREATE TABLE identity (id BLOB NOT NULL) STRICT;
INSERT INTO identity VALUES (randomblob(16));
