"""One process for each rival: it builds what it measures, warms up, and times it when asked."""
