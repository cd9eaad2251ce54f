-- What only one entry of a log may say: the first that claims a name has it, and no other is appended.
CREATE TABLE claims (
    tenant TEXT NOT NULL,
    claim  TEXT NOT NULL,
    idx    INTEGER NOT NULL,
    PRIMARY KEY (tenant, claim)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER claims_are_never_changed BEFORE UPDATE ON claims
BEGIN SELECT RAISE(ABORT, 'claims are never changed'); END;

CREATE TRIGGER claims_are_never_deleted BEFORE DELETE ON claims
BEGIN SELECT RAISE(ABORT, 'claims are never deleted'); END;

CREATE INDEX plans_by_time ON entries (tenant, time) WHERE type = 'plan';
