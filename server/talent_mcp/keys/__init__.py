"""The keys of tenants."""
