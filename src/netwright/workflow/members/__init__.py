"""The members of a run: prepared, trained here or on a cluster, calibrated and combined."""
