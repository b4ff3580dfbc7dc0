"""Columns that stay in their files and are read piece by piece."""
