-- Who is the same person is kept once, by a number, and not between every two of its subjects: whatever a person is
-- known by is one row, however many subjects the person has gathered. Numbers grow in the order of first being known.
ALTER TABLE talent_keys.subjects ADD COLUMN person bigint;

-- Two subjects are one person where something that identifies stands for both, over any number of others. One subject
-- stands in the middle of each such thing: to go by way of it, and not between all of them, is enough.
WITH RECURSIVE
middles AS MATERIALIZED (
    SELECT tenant, digest, min(subject) AS middle FROM talent_keys.aliases WHERE identifies GROUP BY tenant, digest
),
ways AS MATERIALIZED (
    SELECT a.tenant, a.subject AS one, m.middle AS other
    FROM talent_keys.aliases a JOIN middles m USING (tenant, digest) WHERE a.identifies
    UNION
    SELECT a.tenant, m.middle, a.subject
    FROM talent_keys.aliases a JOIN middles m USING (tenant, digest) WHERE a.identifies
),
-- Only from those that are the smallest by all that they are known by: everybody else is reached from one of them.
reached (tenant, root, subject) AS (
    SELECT tenant, subject, subject FROM talent_keys.subjects s WHERE NOT EXISTS (
        SELECT 1 FROM talent_keys.aliases a JOIN middles m USING (tenant, digest)
        WHERE a.identifies AND a.tenant = s.tenant AND a.subject = s.subject AND m.middle < a.subject
    )
    UNION
    SELECT r.tenant, r.root, w.other FROM reached r JOIN ways w ON w.tenant = r.tenant AND w.one = r.subject
),
same AS (
    SELECT tenant, subject, min(root) AS root FROM reached GROUP BY tenant, subject
),
dated AS (
    SELECT x.tenant, x.subject, x.root, min(s.created_at) OVER (PARTITION BY x.tenant, x.root) AS since
    FROM same x JOIN talent_keys.subjects s USING (tenant, subject)
),
numbered AS (
    SELECT tenant, subject, dense_rank() OVER (PARTITION BY tenant ORDER BY since, root) AS person FROM dated
)
UPDATE talent_keys.subjects SET person = numbered.person FROM numbered
WHERE subjects.tenant = numbered.tenant AND subjects.subject = numbered.subject;

ALTER TABLE talent_keys.subjects ALTER COLUMN person SET NOT NULL;

CREATE INDEX subjects_by_person ON talent_keys.subjects (tenant, person, created_at, subject);

-- What identifies stands for one person; a name or a telephone may stand for several.
CREATE TABLE talent_keys.known_by (
    tenant     text COLLATE "C" NOT NULL,
    digest     bytea NOT NULL,
    person     bigint NOT NULL,
    identifies boolean NOT NULL,
    PRIMARY KEY (tenant, digest, person)
);

INSERT INTO talent_keys.known_by
SELECT a.tenant, a.digest, s.person, bool_or(a.identifies)
FROM talent_keys.aliases a JOIN talent_keys.subjects s USING (tenant, subject)
GROUP BY a.tenant, a.digest, s.person;

DROP TABLE talent_keys.aliases;
ALTER TABLE talent_keys.known_by RENAME TO aliases;
ALTER INDEX talent_keys.known_by_pkey RENAME TO aliases_pkey;

CREATE INDEX aliases_by_person ON talent_keys.aliases (tenant, person, identifies);

GRANT SELECT, INSERT, UPDATE, DELETE ON talent_keys.aliases TO talent_writer;
