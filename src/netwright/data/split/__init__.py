"""Which rows train, validate and test, by identity or by file."""
