"""SQL expressions of the columns of one row: their syntax and their values."""
