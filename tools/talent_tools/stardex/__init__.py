"""Stardex: its client, the fields of a person, and what a change makes of them."""
