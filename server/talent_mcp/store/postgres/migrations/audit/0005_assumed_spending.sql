-- How much of what was spent nobody reported: it is the most that those calls may have cost.
ALTER TABLE talent_audit.spending ADD COLUMN assumed bigint NOT NULL DEFAULT 0;
ALTER TABLE talent_audit.spending_by_day ADD COLUMN assumed bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION talent_audit.spending_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO talent_audit.spending_by_day AS sums VALUES (
        NEW.tenant, NEW.day, NEW.principal, NEW.tool,
        CASE WHEN NEW.spent IS NULL THEN NEW.reserved ELSE 0 END, coalesce(NEW.spent, 0), NEW.assumed
    ) ON CONFLICT (tenant, day, principal, tool) DO UPDATE
    SET reserved = sums.reserved + excluded.reserved, spent = sums.spent + excluded.spent,
        assumed = sums.assumed + excluded.assumed;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION talent_audit.spending_settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE talent_audit.spending_by_day
    SET reserved = reserved + CASE WHEN NEW.spent IS NULL THEN NEW.reserved ELSE 0 END
            - CASE WHEN OLD.spent IS NULL THEN OLD.reserved ELSE 0 END,
        spent = spent + coalesce(NEW.spent, 0) - coalesce(OLD.spent, 0),
        assumed = assumed + NEW.assumed - OLD.assumed
    WHERE tenant = NEW.tenant AND day = NEW.day AND principal = NEW.principal AND tool = NEW.tool;
    RETURN NULL;
END $$;

DROP TRIGGER spending_settles ON talent_audit.spending;
CREATE TRIGGER spending_settles AFTER UPDATE OF spent, assumed ON talent_audit.spending
FOR EACH ROW EXECUTE FUNCTION talent_audit.spending_settles();

UPDATE talent_audit.spending SET assumed = spent
WHERE spent > 0 AND NOT EXISTS (
    SELECT 1 FROM talent_audit.entries
    WHERE entries.tenant = spending.tenant AND entries.call_id = spending.call_id AND type = 'outcome'
        AND talent_audit.said(envelope, 'credits')::numeric >= 0
);
