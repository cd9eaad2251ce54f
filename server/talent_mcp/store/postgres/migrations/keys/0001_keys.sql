-- Keys of tenants, each wrapped under the master key that `master` names.
CREATE TABLE talent_keys.data_keys (
    tenant     text COLLATE "C" NOT NULL,
    purpose    text COLLATE "C" NOT NULL
               CHECK (purpose IN ('credentials', 'subjects', 'payloads', 'index', 'signing')),
    version    integer NOT NULL CHECK (version > 0),
    master     text COLLATE "C" NOT NULL,
    wrapped    bytea NOT NULL,
    created_at double precision NOT NULL,
    PRIMARY KEY (tenant, purpose, version)
);

-- People, each under a random name and with a key of its own: to destroy the key is to erase the person.
CREATE TABLE talent_keys.subjects (
    tenant      text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    key_version integer NOT NULL,
    wrapped     bytea NOT NULL,
    created_at  double precision NOT NULL,
    PRIMARY KEY (tenant, subject)
);

CREATE INDEX subjects_by_version ON talent_keys.subjects (tenant, key_version);

-- What people are known by, as keyed hashes. Only what identifies belongs to one person.
CREATE TABLE talent_keys.aliases (
    tenant     text COLLATE "C" NOT NULL,
    digest     bytea NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    identifies boolean NOT NULL,
    PRIMARY KEY (tenant, digest, subject),
    FOREIGN KEY (tenant, subject) REFERENCES talent_keys.subjects ON DELETE CASCADE
);

CREATE INDEX aliases_by_subject ON talent_keys.aliases (tenant, subject);

-- Credentials, sealed under the tenant's key for them. `principal` is empty where it is the tenant's own.
CREATE TABLE talent_keys.credentials (
    tenant      text COLLATE "C" NOT NULL,
    principal   text COLLATE "C" NOT NULL,
    vendor      text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    state       text COLLATE "C" NOT NULL CHECK (state IN ('active', 'retired')),
    key_version integer NOT NULL,
    sealed      bytea NOT NULL,
    created_at  double precision NOT NULL,
    PRIMARY KEY (tenant, vendor, principal, name, version)
);

CREATE INDEX credentials_by_version ON talent_keys.credentials (tenant, key_version);

-- Nothing is sealed under a key that was replaced and removed: a process that still holds it in memory is refused.
-- Whoever changes a tenant's rows holds a lock for it, so that no key goes between this look and the commit.
CREATE FUNCTION talent_keys.require_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM talent_keys.data_keys
               WHERE tenant = NEW.tenant AND purpose = TG_TABLE_NAME AND version > NEW.key_version)
    AND NOT EXISTS (SELECT 1 FROM talent_keys.data_keys
                    WHERE tenant = NEW.tenant AND purpose = TG_TABLE_NAME AND version = NEW.key_version) THEN
        RAISE EXCEPTION 'the key was replaced' USING ERRCODE = 'TM001';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER subjects_under_a_key_that_is_there BEFORE INSERT OR UPDATE OF key_version ON talent_keys.subjects
FOR EACH ROW EXECUTE FUNCTION talent_keys.require_key();
CREATE TRIGGER credentials_under_a_key_that_is_there BEFORE INSERT OR UPDATE OF key_version ON talent_keys.credentials
FOR EACH ROW EXECUTE FUNCTION talent_keys.require_key();

GRANT SELECT, INSERT, UPDATE, DELETE
ON talent_keys.data_keys, talent_keys.subjects, talent_keys.aliases, talent_keys.credentials TO talent_writer;
