"""Constants of the preprocessing, from training rows only."""
