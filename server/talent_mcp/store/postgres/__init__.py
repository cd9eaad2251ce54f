"""The shared store: the audit log and its keys in a PostgreSQL database, for servers on several machines."""
