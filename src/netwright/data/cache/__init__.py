"""Cached Arrow files of columns, and arrays of rows in memory or in scratch files."""
