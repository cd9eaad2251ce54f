"""Credits: what calls may cost, what they did cost, and budgets for both. Amounts are hundredths of a credit."""
