"""NumPy archives (.npz) and single arrays (.npy): arrays with the same first dimension, streamed from the file."""

from netwright.readers.npz.reader import list_tables, open_file

__all__ = ["list_tables", "open_file"]
