"""From columns to the arrays of rows that a network takes."""
