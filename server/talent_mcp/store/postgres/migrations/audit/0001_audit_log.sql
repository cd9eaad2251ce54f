-- What the server may do, it may do as talent_writer, which owns nothing: of entries it can only add and read.

-- The head of each tenant's log: the only rows that change, always together with the entries they count.
CREATE TABLE talent_audit.heads (
    tenant   text COLLATE "C" PRIMARY KEY,
    size     bigint NOT NULL CHECK (size >= 0),
    frontier bytea NOT NULL
) WITH (fillfactor = 50);

-- Read out of an envelope; the replaced escape is valid JSON, but no text that PostgreSQL can hold.
CREATE FUNCTION talent_audit.said(envelope text, field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(envelope, '\u0000', '\ufffd')::json ->> field;

-- The exact bytes of `envelope` are hashed; `leaf` repeats that hash, so that a changed entry can be named. What is
-- searched for is read out of the envelope, so that it can say nothing else.
CREATE TABLE talent_audit.entries (
    tenant   text COLLATE "C" NOT NULL,
    idx      bigint NOT NULL,
    envelope text COLLATE "C" NOT NULL,
    leaf     bytea NOT NULL,
    type     text COLLATE "C" GENERATED ALWAYS AS (talent_audit.said(envelope, 'type')) STORED,
    call_id  text COLLATE "C" GENERATED ALWAYS AS (talent_audit.said(envelope, 'call')) STORED,
    vendor   text COLLATE "C" GENERATED ALWAYS AS (talent_audit.said(envelope, 'vendor')) STORED,
    time     text COLLATE "C" GENERATED ALWAYS AS (talent_audit.said(envelope, 'time')) STORED,
    PRIMARY KEY (tenant, idx)
);

CREATE INDEX entries_by_call ON talent_audit.entries (tenant, call_id);
CREATE INDEX attempts_by_vendor ON talent_audit.entries (tenant, vendor, time) WHERE type = 'attempt';

-- Sealed bodies, apart, so that they can go while the entries stay. They do not compress.
CREATE TABLE talent_audit.payloads (
    tenant text COLLATE "C" NOT NULL,
    idx    bigint NOT NULL,
    body   bytea NOT NULL,
    PRIMARY KEY (tenant, idx)
);
ALTER TABLE talent_audit.payloads ALTER COLUMN body SET STORAGE EXTERNAL;

-- Calls whose intent has no outcome (running), or one that is unknown: in doubt until somebody knows.
CREATE TABLE talent_audit.open_calls (
    tenant  text COLLATE "C" NOT NULL,
    call_id text COLLATE "C" NOT NULL,
    process text COLLATE "C" NOT NULL,
    state   text COLLATE "C" NOT NULL CHECK (state IN ('running', 'unknown')),
    PRIMARY KEY (tenant, call_id)
);

-- Until when (Unix seconds) each process that runs calls is surely alive.
CREATE TABLE talent_audit.leases (
    process text COLLATE "C" PRIMARY KEY,
    until   double precision NOT NULL
);

-- Calls that go on after their request was answered, and what came of them: personal data, deleted at `expires_at`.
-- `request` and `answer` are JSON; the request is emptied once the task has ended. At `due_at` a working task is
-- asked again where that is safe (`repeatable`), and otherwise given up: its process is gone.
CREATE TABLE talent_audit.tasks (
    tenant     text COLLATE "C" NOT NULL,
    task_id    text COLLATE "C" NOT NULL,
    principal  text COLLATE "C" NOT NULL,
    status     text COLLATE "C" NOT NULL CHECK (status IN ('working', 'completed', 'failed', 'cancelled')),
    repeatable boolean NOT NULL,
    created_at double precision NOT NULL,
    updated_at double precision NOT NULL,
    due_at     double precision NOT NULL,
    expires_at double precision NOT NULL,
    request    bytea NOT NULL,
    answer     bytea,
    PRIMARY KEY (tenant, task_id)
);

CREATE INDEX tasks_by_due ON talent_audit.tasks (due_at) WHERE status = 'working';
CREATE INDEX tasks_by_expiry ON talent_audit.tasks (expires_at);

-- These hold for the owner of the tables too, who could take them away first.
CREATE FUNCTION talent_audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit % are never changed', TG_TABLE_NAME;
END $$;

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON talent_audit.entries
FOR EACH STATEMENT EXECUTE FUNCTION talent_audit.refuse();
CREATE TRIGGER payloads_are_never_changed BEFORE UPDATE ON talent_audit.payloads
FOR EACH STATEMENT EXECUTE FUNCTION talent_audit.refuse();

GRANT SELECT, INSERT ON talent_audit.entries TO talent_writer;
GRANT SELECT, INSERT, DELETE ON talent_audit.payloads TO talent_writer;
GRANT SELECT, INSERT, UPDATE ON talent_audit.heads TO talent_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON talent_audit.open_calls, talent_audit.leases, talent_audit.tasks
TO talent_writer;
