"""The log for others: as lines that prove themselves, as a table, and as events of a common schema."""
