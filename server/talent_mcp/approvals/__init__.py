"""Writes that wait for a person: what is asked, who said yes, and that a yes is used once."""
