-- How much of what was spent nobody reported: it is the most that those calls may have cost.
ALTER TABLE spending ADD COLUMN assumed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spending_by_day ADD COLUMN assumed INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER spending_begins;
CREATE TRIGGER spending_begins AFTER INSERT ON spending
BEGIN
    INSERT INTO spending_by_day VALUES (
        NEW.tenant, NEW.day, NEW.principal, NEW.tool,
        iif(NEW.spent IS NULL, NEW.reserved, 0), coalesce(NEW.spent, 0), NEW.assumed
    ) ON CONFLICT DO UPDATE
    SET reserved = reserved + excluded.reserved, spent = spent + excluded.spent, assumed = assumed + excluded.assumed;
END;

DROP TRIGGER spending_settles;
CREATE TRIGGER spending_settles AFTER UPDATE OF spent, assumed ON spending
BEGIN
    UPDATE spending_by_day
    SET reserved = reserved + iif(NEW.spent IS NULL, NEW.reserved, 0) - iif(OLD.spent IS NULL, OLD.reserved, 0),
        spent = spent + coalesce(NEW.spent, 0) - coalesce(OLD.spent, 0),
        assumed = assumed + NEW.assumed - OLD.assumed
    WHERE tenant = NEW.tenant AND day = NEW.day AND principal = NEW.principal AND tool = NEW.tool;
END;

UPDATE spending SET assumed = spent
WHERE spent > 0 AND NOT EXISTS (
    SELECT 1 FROM entries INDEXED BY entries_by_call
    WHERE entries.tenant = spending.tenant AND entries.call_id = spending.call_id AND type = 'outcome'
        AND json_extract(envelope, '$.credits') >= 0
);
