"""The fields of an RNTuple: which of them uproot reads, and what they hold."""

from __future__ import annotations

import uproot

from netwright.data.readers._root_parts import ERRORS, Part, arrow

__all__ = ["fields_of_ntuple"]


def fields_of_ntuple(ntuple: uproot.behaviors.RNTuple.RNTuple) -> tuple[list[Part], dict[str, str]]:
    """Return the fields that can be read, and why others cannot.

    Args:
        ntuple: what a file holds.

    Returns:
        The outermost fields, in the order of the file, and the reason for each that is left out.
    """
    names = list(ntuple.keys(recursive=False))
    try:
        first = ntuple.arrays(names, entry_stop=0, library="ak")
        return [Part((name,), ntuple[name], arrow(first[name]).type, name) for name in names], {}
    except ERRORS:
        pass  # one that cannot be read; which one shows when they are asked one by one
    parts, left_out = [], {}
    for name in names:
        try:
            kind = arrow(ntuple[name].array(entry_stop=0, library="ak")).type
        except ERRORS:
            left_out[name] = f"uproot does not know its type ({ntuple[name].typename})"
        else:
            parts.append(Part((name,), ntuple[name], kind, name))
    return parts, left_out
