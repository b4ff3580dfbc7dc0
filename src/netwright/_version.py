"""The version of netwright, in one place."""

__version__ = "0.3.0"
