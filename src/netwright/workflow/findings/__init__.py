"""Findings on an experiment: on its files, rows, classes, identities and inputs, and all those of a run in one list."""
