-- The head of each tenant's log: the only rows that change, always together with the entries they count.
CREATE TABLE heads (
    tenant   TEXT PRIMARY KEY,
    size     INTEGER NOT NULL,
    frontier BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The exact bytes of `envelope` are hashed; `leaf` repeats that hash, so that a changed entry can be named. What is
-- searched for is read out of the envelope, so that it can say nothing else.
CREATE TABLE entries (
    tenant   TEXT NOT NULL,
    idx      INTEGER NOT NULL,
    envelope TEXT NOT NULL,
    leaf     BLOB NOT NULL,
    type     TEXT GENERATED ALWAYS AS (json_extract(envelope, '$.type')) VIRTUAL,
    call_id  TEXT GENERATED ALWAYS AS (json_extract(envelope, '$.call')) VIRTUAL,
    vendor   TEXT GENERATED ALWAYS AS (json_extract(envelope, '$.vendor')) VIRTUAL,
    time     TEXT GENERATED ALWAYS AS (json_extract(envelope, '$.time')) VIRTUAL,
    PRIMARY KEY (tenant, idx)
) STRICT, WITHOUT ROWID;

-- All of them grow at their end only: an append costs the same however long the log is.
CREATE INDEX entries_by_call ON entries (tenant, call_id);
CREATE INDEX attempts_by_vendor ON entries (tenant, vendor, time) WHERE type = 'attempt';

-- Sealed bodies, apart, so that they can go while the entries stay.
CREATE TABLE payloads (
    tenant TEXT NOT NULL,
    idx    INTEGER NOT NULL,
    body   BLOB NOT NULL,
    PRIMARY KEY (tenant, idx)
) STRICT;

-- Calls whose intent has no outcome (running), or one that is unknown: in doubt until somebody knows.
CREATE TABLE open_calls (
    tenant  TEXT NOT NULL,
    call_id TEXT NOT NULL,
    process TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('running', 'unknown')),
    PRIMARY KEY (tenant, call_id)
) STRICT, WITHOUT ROWID;

-- Until when (Unix seconds) each process that runs calls is surely alive.
CREATE TABLE leases (
    process TEXT PRIMARY KEY,
    until   REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- INSERT OR REPLACE is a deletion that fires no trigger for deletions.
CREATE TRIGGER entries_are_never_replaced BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE tenant = NEW.tenant AND idx = NEW.idx)
BEGIN SELECT RAISE(ABORT, 'audit entries are never replaced'); END;

CREATE TRIGGER payloads_are_never_replaced BEFORE INSERT ON payloads
WHEN EXISTS (SELECT 1 FROM payloads WHERE tenant = NEW.tenant AND idx = NEW.idx)
BEGIN SELECT RAISE(ABORT, 'audit payloads are never replaced'); END;

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;

CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;

CREATE TRIGGER payloads_are_never_changed BEFORE UPDATE ON payloads
BEGIN SELECT RAISE(ABORT, 'audit payloads are never changed'); END;
