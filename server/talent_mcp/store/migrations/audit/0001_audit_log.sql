-- The head of each tenant's log: the only rows that change, always together with the entries they count.
CREATE TABLE heads (
    tenant   TEXT PRIMARY KEY,
    size     INTEGER NOT NULL,
    frontier BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The exact bytes of `envelope` are the leaf that is hashed; the other columns repeat it for the indexes.
CREATE TABLE entries (
    tenant   TEXT NOT NULL,
    idx      INTEGER NOT NULL,
    call_id  TEXT NOT NULL,
    type     TEXT NOT NULL CHECK (type IN ('intent', 'attempt', 'outcome', 'denied')),
    at       REAL NOT NULL,
    vendor   TEXT,
    envelope BLOB NOT NULL,
    PRIMARY KEY (tenant, idx)
) STRICT, WITHOUT ROWID;

CREATE INDEX entries_by_call ON entries (tenant, call_id, type);
CREATE INDEX attempts_by_vendor ON entries (tenant, vendor, at) WHERE type = 'attempt';

-- Personal data, apart, so that it can go while the entries stay.
CREATE TABLE payloads (
    tenant TEXT NOT NULL,
    idx    INTEGER NOT NULL,
    body   BLOB NOT NULL,
    PRIMARY KEY (tenant, idx)
) STRICT;

-- Calls whose intent has no outcome, or one that is unknown: still running, or in doubt.
CREATE TABLE open_calls (
    tenant  TEXT NOT NULL,
    call_id TEXT NOT NULL,
    PRIMARY KEY (tenant, call_id)
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
