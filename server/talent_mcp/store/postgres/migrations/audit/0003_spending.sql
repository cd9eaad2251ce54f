-- What each call that can cost credits holds, in hundredths of a credit: `reserved` at its intent, `spent` once that
-- is known. Until then the whole reservation counts. `day` is that of the intent, in UTC.
CREATE TABLE talent_audit.spending (
    tenant    text COLLATE "C" NOT NULL,
    call_id   text COLLATE "C" NOT NULL,
    principal text COLLATE "C" NOT NULL,
    tool      text COLLATE "C" NOT NULL,
    day       text COLLATE "C" NOT NULL,
    reserved  bigint NOT NULL CHECK (reserved >= 0),
    spent     bigint CHECK (spent >= 0),
    PRIMARY KEY (tenant, call_id)
);

-- Its sums, so that a budget costs the same however many calls a month has.
CREATE TABLE talent_audit.spending_by_day (
    tenant    text COLLATE "C" NOT NULL,
    day       text COLLATE "C" NOT NULL,
    principal text COLLATE "C" NOT NULL,
    tool      text COLLATE "C" NOT NULL,
    reserved  bigint NOT NULL,
    spent     bigint NOT NULL,
    PRIMARY KEY (tenant, day, principal, tool)
) WITH (fillfactor = 50);

CREATE FUNCTION talent_audit.spending_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO talent_audit.spending_by_day AS sums VALUES (
        NEW.tenant, NEW.day, NEW.principal, NEW.tool,
        CASE WHEN NEW.spent IS NULL THEN NEW.reserved ELSE 0 END, coalesce(NEW.spent, 0)
    ) ON CONFLICT (tenant, day, principal, tool)
    DO UPDATE SET reserved = sums.reserved + excluded.reserved, spent = sums.spent + excluded.spent;
    RETURN NULL;
END $$;

CREATE FUNCTION talent_audit.spending_settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE talent_audit.spending_by_day
    SET reserved = reserved + CASE WHEN NEW.spent IS NULL THEN NEW.reserved ELSE 0 END
            - CASE WHEN OLD.spent IS NULL THEN OLD.reserved ELSE 0 END,
        spent = spent + coalesce(NEW.spent, 0) - coalesce(OLD.spent, 0)
    WHERE tenant = NEW.tenant AND day = NEW.day AND principal = NEW.principal AND tool = NEW.tool;
    RETURN NULL;
END $$;

CREATE TRIGGER spending_begins AFTER INSERT ON talent_audit.spending
FOR EACH ROW EXECUTE FUNCTION talent_audit.spending_begins();
CREATE TRIGGER spending_settles AFTER UPDATE OF spent ON talent_audit.spending
FOR EACH ROW EXECUTE FUNCTION talent_audit.spending_settles();

GRANT SELECT, INSERT, UPDATE ON talent_audit.spending, talent_audit.spending_by_day TO talent_writer;

-- What was spent before there were reservations, as far as it was reported.
INSERT INTO talent_audit.spending
SELECT i.tenant, i.call_id, coalesce(talent_audit.said(i.envelope, 'principal'), ''),
    coalesce(talent_audit.said(i.envelope, 'tool'), ''), left(i.time, 10), o.spent, o.spent
FROM (
    SELECT tenant, call_id, max(round(talent_audit.said(envelope, 'credits')::numeric * 100))::bigint AS spent
    FROM talent_audit.entries
    WHERE type = 'outcome' AND talent_audit.said(envelope, 'credits')::numeric BETWEEN 0 AND 10000000000
    GROUP BY tenant, call_id
) o JOIN talent_audit.entries i ON i.tenant = o.tenant AND i.call_id = o.call_id AND i.type = 'intent';
