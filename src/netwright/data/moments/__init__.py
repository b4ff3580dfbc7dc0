"""Weighted moments of features, and the values that replace missing ones."""
