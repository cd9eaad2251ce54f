-- Nothing is sealed under a key that was replaced and removed: a process that still holds it in memory is refused.
CREATE TRIGGER subjects_under_a_key_that_is_there BEFORE INSERT ON subjects
WHEN EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'subjects' AND version > NEW.key_version)
    AND NOT EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'subjects' AND version = NEW.key_version)
BEGIN
    SELECT RAISE(ABORT, 'the key was replaced');
END;

CREATE TRIGGER subjects_resealed_under_a_key_that_is_there BEFORE UPDATE OF key_version ON subjects
WHEN EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'subjects' AND version > NEW.key_version)
    AND NOT EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'subjects' AND version = NEW.key_version)
BEGIN
    SELECT RAISE(ABORT, 'the key was replaced');
END;

CREATE TRIGGER credentials_under_a_key_that_is_there BEFORE INSERT ON credentials
WHEN EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'credentials' AND version > NEW.key_version)
    AND NOT EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'credentials' AND version = NEW.key_version)
BEGIN
    SELECT RAISE(ABORT, 'the key was replaced');
END;

CREATE TRIGGER credentials_resealed_under_a_key_that_is_there BEFORE UPDATE OF key_version ON credentials
WHEN EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'credentials' AND version > NEW.key_version)
    AND NOT EXISTS (SELECT 1 FROM data_keys WHERE tenant = NEW.tenant AND purpose = 'credentials' AND version = NEW.key_version)
BEGIN
    SELECT RAISE(ABORT, 'the key was replaced');
END;
