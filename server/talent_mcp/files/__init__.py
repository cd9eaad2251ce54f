"""Files that may leave this computer: those that a person added, and those in folders that the operator opened."""
