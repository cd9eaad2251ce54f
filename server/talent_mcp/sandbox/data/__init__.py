"""The synthetic people, companies and records that a sandbox starts with."""
