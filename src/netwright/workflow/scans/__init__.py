"""Scans: the values of the parameter, what each is worth, and the result."""
