"""ROOT: trees (TTree) and ntuples (RNTuple), with classes and structures as their members."""

from netwright.readers.root.reader import list_tables, open_file

__all__ = ["list_tables", "open_file"]
