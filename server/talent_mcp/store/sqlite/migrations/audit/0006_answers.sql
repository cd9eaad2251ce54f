-- Which entry brought an answer that was paid for, by each name under which it can be found again.
CREATE TABLE answers (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    idx    INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, idx)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER answers_are_never_changed BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are never changed'); END;

CREATE TRIGGER answers_are_never_deleted BEFORE DELETE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are never deleted'); END;
