"""HDF5: pandas tables and fixed frames, structured arrays, lists, and plain datasets of the same first dimension."""

from netwright.readers.hdf5.reader import list_tables, open_file

__all__ = ["list_tables", "open_file"]
