"""Samples: their rows, event weights and yields."""
