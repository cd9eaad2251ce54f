-- What each call that can cost credits holds, in hundredths of a credit: `reserved` at its intent, `spent` once that
-- is known. Until then the whole reservation counts. `day` is that of the intent, in UTC.
CREATE TABLE spending (
    tenant    TEXT NOT NULL,
    call_id   TEXT NOT NULL,
    principal TEXT NOT NULL,
    tool      TEXT NOT NULL,
    day       TEXT NOT NULL,
    reserved  INTEGER NOT NULL CHECK (reserved >= 0),
    spent     INTEGER CHECK (spent >= 0),
    PRIMARY KEY (tenant, call_id)
) STRICT, WITHOUT ROWID;

-- Its sums, so that a budget costs the same however many calls a month has.
CREATE TABLE spending_by_day (
    tenant    TEXT NOT NULL,
    day       TEXT NOT NULL,
    principal TEXT NOT NULL,
    tool      TEXT NOT NULL,
    reserved  INTEGER NOT NULL,
    spent     INTEGER NOT NULL,
    PRIMARY KEY (tenant, day, principal, tool)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER spending_begins AFTER INSERT ON spending
BEGIN
    INSERT INTO spending_by_day
    VALUES (NEW.tenant, NEW.day, NEW.principal, NEW.tool, iif(NEW.spent IS NULL, NEW.reserved, 0), coalesce(NEW.spent, 0))
    ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved, spent = spent + excluded.spent;
END;

CREATE TRIGGER spending_settles AFTER UPDATE OF spent ON spending
BEGIN
    UPDATE spending_by_day
    SET reserved = reserved + iif(NEW.spent IS NULL, NEW.reserved, 0) - iif(OLD.spent IS NULL, OLD.reserved, 0),
        spent = spent + coalesce(NEW.spent, 0) - coalesce(OLD.spent, 0)
    WHERE tenant = NEW.tenant AND day = NEW.day AND principal = NEW.principal AND tool = NEW.tool;
END;

-- What was spent before there were reservations, as far as it was reported.
INSERT INTO spending
SELECT i.tenant, i.call_id, coalesce(json_extract(i.envelope, '$.principal'), ''),
    coalesce(json_extract(i.envelope, '$.tool'), ''), substr(i.time, 1, 10), o.spent, o.spent
FROM (
    SELECT tenant, call_id, max(CAST(round(json_extract(envelope, '$.credits') * 100) AS INTEGER)) AS spent
    FROM entries
    WHERE type = 'outcome' AND json_extract(envelope, '$.credits') BETWEEN 0 AND 10000000000
    GROUP BY tenant, call_id
) o JOIN entries i INDEXED BY entries_by_call ON i.tenant = o.tenant AND i.call_id = o.call_id AND i.type = 'intent';
