"""The version of netwright, in one place."""

__version__ = "0.2.0"
