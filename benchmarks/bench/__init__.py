"""netwright against other ways of doing the same, measured side by side: `make bench`."""
