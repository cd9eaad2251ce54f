-- What only one entry of a log may say: the first that claims a name has it, and no other is appended.
CREATE TABLE talent_audit.claims (
    tenant text COLLATE "C" NOT NULL,
    claim  text COLLATE "C" NOT NULL,
    idx    bigint NOT NULL,
    PRIMARY KEY (tenant, claim)
);

CREATE INDEX plans_by_time ON talent_audit.entries (tenant, time) WHERE type = 'plan';

CREATE TRIGGER claims_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON talent_audit.claims
FOR EACH STATEMENT EXECUTE FUNCTION talent_audit.refuse();

GRANT SELECT, INSERT ON talent_audit.claims TO talent_writer;
