-- Keys of tenants, each wrapped under the master key that `master` names.
CREATE TABLE data_keys (
    tenant     TEXT NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('credentials', 'subjects', 'payloads', 'index', 'signing')),
    version    INTEGER NOT NULL CHECK (version > 0),
    master     TEXT NOT NULL,
    wrapped    BLOB NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (tenant, purpose, version)
) STRICT, WITHOUT ROWID;

-- People, each under a random name and with a key of its own: to destroy the key is to erase the person.
CREATE TABLE subjects (
    tenant      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    wrapped     BLOB NOT NULL,
    created_at  REAL NOT NULL,
    PRIMARY KEY (tenant, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX subjects_by_version ON subjects (tenant, key_version);

-- What people are known by, as keyed hashes. Only what identifies belongs to one person.
CREATE TABLE aliases (
    tenant     TEXT NOT NULL,
    digest     BLOB NOT NULL,
    subject    TEXT NOT NULL,
    identifies INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest, subject),
    FOREIGN KEY (tenant, subject) REFERENCES subjects ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_by_subject ON aliases (tenant, subject);

-- Credentials, sealed under the tenant's key for them. `principal` is empty where it is the tenant's own.
CREATE TABLE credentials (
    tenant      TEXT NOT NULL,
    principal   TEXT NOT NULL,
    vendor      TEXT NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    state       TEXT NOT NULL CHECK (state IN ('active', 'retired')),
    key_version INTEGER NOT NULL,
    sealed      BLOB NOT NULL,
    created_at  REAL NOT NULL,
    PRIMARY KEY (tenant, vendor, principal, name, version)
) STRICT, WITHOUT ROWID;
