"""Credentials: references in the settings, values only at the moment of use."""
