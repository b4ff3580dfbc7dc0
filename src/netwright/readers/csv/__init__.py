"""CSV and other text tables: one row per line, in any dialect, which is inferred from the first lines and reported."""

from netwright.readers.csv.reader import open_file, without_header

__all__ = ["open_file", "without_header"]
