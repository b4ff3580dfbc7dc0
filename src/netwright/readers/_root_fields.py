"""The fields of an RNTuple: which of them uproot reads, and what they hold."""

from __future__ import annotations

import uproot

from netwright.readers._contract import Request, damaged
from netwright.readers._root_parts import ERRORS, Part, arrow

__all__ = ["fields_of_ntuple"]


def fields_of_ntuple(request: Request, ntuple: uproot.behaviors.RNTuple.RNTuple) -> tuple[list[Part], dict[str, str]]:
    """Return the fields that can be read, and why others cannot.

    Args:
        request: the file, for messages.
        ntuple: what it holds.

    Returns:
        The outermost fields, in the order of the file, and the reason for each that is left out.

    Raises:
        DataError: a field is damaged.
    """
    names = list(ntuple.keys(recursive=False))
    try:
        first = ntuple.arrays(names, entry_stop=0, library="ak")
        return [Part((name,), ntuple[name], arrow(first[name]).type, name) for name in names], {}
    except ERRORS:
        pass  # one that cannot be read; which one shows when they are asked one by one
    tried = {name: _tried(request, name, ntuple[name]) for name in names}
    left_out = {name: reason for name, reason in tried.items() if isinstance(reason, str)}
    return [part for part in tried.values() if isinstance(part, Part)], left_out


def _tried(request: Request, name: str, field: uproot.behaviors.RNTuple.HasFields) -> Part | str:
    """Return a field, or why it is left out: its type is not known, or how its numbers are packed."""
    try:
        field.to_akform()
    except ERRORS:
        return f"uproot does not know its type ({field.typename})"
    with damaged(request.path, f'ROOT (field "{name}")', ERRORS):
        try:
            return Part((name,), field, arrow(field.array(entry_stop=0, library="ak")).type, name)
        except NotImplementedError:
            return f"uproot does not decode its type ({field.typename})"
