"""Figures of a look at data."""
