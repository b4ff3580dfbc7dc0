"""One file a symptom: what it needs, its statistic, threshold with source, remedy, and when it stays silent."""
