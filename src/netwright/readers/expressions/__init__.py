"""SQL expressions of one row's columns: what they may say, and their values."""
