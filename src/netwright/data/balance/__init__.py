"""Importance of classes and of regions of a target, and the rows that training takes."""
