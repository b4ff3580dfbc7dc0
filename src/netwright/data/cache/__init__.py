"""Arrow files that columns are read from again, and arrays of rows in memory or in scratch files."""
