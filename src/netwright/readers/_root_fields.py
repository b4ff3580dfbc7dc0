"""The fields of an RNTuple that uproot can read, and their types."""

from __future__ import annotations

import uproot

from netwright.readers._contract import Request, damaged
from netwright.readers._root_parts import ERRORS, Branch, arrow

__all__ = ["fields_of_ntuple"]


def fields_of_ntuple(request: Request, ntuple: uproot.behaviors.RNTuple.RNTuple) -> tuple[list[Branch], dict[str, str]]:
    """Return the fields that can be read, and the reasons why others cannot.

    Args:
        request: the file, for messages.
        ntuple: the ntuple.

    Returns:
        The outermost fields in the file's order, and the reason for each that is left out.

    Raises:
        DataError: a field is damaged.
    """
    names = list(ntuple.keys(recursive=False))
    try:
        first = ntuple.arrays(names, entry_stop=0, library="ak")
        return [Branch((name,), ntuple[name], arrow(first[name]).type, name) for name in names], {}
    except ERRORS:
        pass  # one cannot be read; trying them one by one shows which
    tried = {name: _tried(request, name, ntuple[name]) for name in names}
    left_out = {name: reason for name, reason in tried.items() if isinstance(reason, str)}
    return [part for part in tried.values() if isinstance(part, Branch)], left_out


def _tried(request: Request, name: str, field: uproot.behaviors.RNTuple.HasFields) -> Branch | str:
    """Return a field, or the reason to leave it out: its type or its encoding is not supported."""
    try:
        field.to_akform()
    except ERRORS:
        return f"uproot does not know its type ({field.typename})"
    with damaged(request.path, f'ROOT (field "{name}")', ERRORS):
        try:
            return Branch((name,), field, arrow(field.array(entry_stop=0, library="ak")).type, name)
        except NotImplementedError:
            return f"uproot does not decode its type ({field.typename})"
