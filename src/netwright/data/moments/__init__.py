"""Weighted moments of features, and the values that stand for missing ones."""
