"""The audit log: what was asked, what was done at a vendor, and how it ended."""
