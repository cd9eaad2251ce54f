"""The embedded store: the audit log and its keys in one SQLite file each, shared by processes of one machine."""
