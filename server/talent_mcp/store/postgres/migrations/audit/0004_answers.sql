-- Which entry brought an answer that was paid for, by each name under which it can be found again.
CREATE TABLE talent_audit.answers (
    tenant text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    idx    bigint NOT NULL,
    PRIMARY KEY (tenant, name, idx)
);

CREATE TRIGGER answers_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON talent_audit.answers
FOR EACH STATEMENT EXECUTE FUNCTION talent_audit.refuse();

GRANT SELECT, INSERT ON talent_audit.answers TO talent_writer;
