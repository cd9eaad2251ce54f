"""Jarvi: its client, profiles, files, and what a save makes of them."""
