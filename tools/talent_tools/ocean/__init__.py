"""Ocean.io: its client, filters, answers and errors."""
