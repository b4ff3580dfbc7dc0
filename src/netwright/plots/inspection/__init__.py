"""Figures of an inspection."""
