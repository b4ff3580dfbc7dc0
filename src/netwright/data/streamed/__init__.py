"""Columns that stay in their files and are read block by block."""
