-- Who is the same person is kept once, by a number, and not between every two of its subjects: whatever a person is
-- known by is one row, however many subjects the person has gathered. Numbers grow in the order of first being known.
ALTER TABLE subjects ADD COLUMN person INTEGER NOT NULL DEFAULT 0;

-- Two subjects are one person where something that identifies stands for both, over any number of others. One subject
-- stands in the middle of each such thing: to go by way of it, and not between all of them, is enough.
CREATE TABLE same AS
WITH RECURSIVE
middles AS MATERIALIZED (
    SELECT tenant, digest, min(subject) AS middle FROM aliases WHERE identifies GROUP BY tenant, digest
),
ways AS MATERIALIZED (
    SELECT a.tenant, a.subject AS one, m.middle AS other FROM aliases a JOIN middles m USING (tenant, digest)
    WHERE a.identifies
    UNION
    SELECT a.tenant, m.middle, a.subject FROM aliases a JOIN middles m USING (tenant, digest) WHERE a.identifies
),
-- Only from those that are the smallest by all that they are known by: everybody else is reached from one of them.
reached (tenant, root, subject) AS (
    SELECT tenant, subject, subject FROM subjects s WHERE NOT EXISTS (
        SELECT 1 FROM aliases a JOIN middles m USING (tenant, digest)
        WHERE a.identifies AND a.tenant = s.tenant AND a.subject = s.subject AND m.middle < a.subject
    )
    UNION
    SELECT r.tenant, r.root, w.other FROM reached r JOIN ways w ON w.tenant = r.tenant AND w.one = r.subject
)
SELECT tenant, subject, min(root) AS root FROM reached GROUP BY tenant, subject;

UPDATE subjects SET person = numbered.person
FROM (
    SELECT tenant, subject, dense_rank() OVER (PARTITION BY tenant ORDER BY since, root) AS person
    FROM (
        SELECT x.tenant, x.subject, x.root, min(s.created_at) OVER (PARTITION BY x.tenant, x.root) AS since
        FROM same x JOIN subjects s USING (tenant, subject)
    ) AS dated
) AS numbered
WHERE subjects.tenant = numbered.tenant AND subjects.subject = numbered.subject;

DROP TABLE same;

CREATE INDEX subjects_by_person ON subjects (tenant, person, created_at, subject);

-- What identifies stands for one person; a name or a telephone may stand for several.
CREATE TABLE known_by (
    tenant     TEXT NOT NULL,
    digest     BLOB NOT NULL,
    person     INTEGER NOT NULL,
    identifies INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest, person)
) STRICT, WITHOUT ROWID;

INSERT INTO known_by
SELECT a.tenant, a.digest, s.person, max(a.identifies) FROM aliases a JOIN subjects s USING (tenant, subject)
GROUP BY a.tenant, a.digest, s.person;

DROP TABLE aliases;
ALTER TABLE known_by RENAME TO aliases;

CREATE INDEX aliases_by_person ON aliases (tenant, person, identifies);
