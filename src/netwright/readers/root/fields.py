"""The fields of an RNTuple that uproot can read, and their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import uproot

from netwright.readers._contract import Request
from netwright.readers._refusals import damaged
from netwright.readers.root.flat import flat_fields
from netwright.readers.root.parts import ERRORS, Branch, Flat, arrow

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
    flat = flat_fields(ntuple)
    others = _others(request, ntuple, [name for name in names if name not in flat])
    fields = {name: others.get(name) or _flat_field(ntuple, name, flat[name]) for name in names}
    left_out = {name: reason for name, reason in fields.items() if isinstance(reason, str)}
    return [field for field in fields.values() if isinstance(field, Branch)], left_out


def _flat_field(ntuple: uproot.behaviors.RNTuple.RNTuple, name: str, flat: Flat) -> Branch:
    """Return a field of numbers, whose type is known before anything is read."""
    return Branch((name,), ntuple[name], flat.kind, name, flat=flat)


def _others(
    request: Request, ntuple: uproot.behaviors.RNTuple.RNTuple, names: Sequence[str]
) -> Mapping[str, Branch | str]:
    """Return fields, or the reasons to leave them out; reading the first entries shows their types."""
    try:
        first = ntuple.arrays(names, entry_stop=0, library="ak") if names else {}
        return {name: Branch((name,), ntuple[name], arrow(first[name]).type, name) for name in names}
    except ERRORS:  # one cannot be read; trying them one by one shows which
        return {name: _tried(request, name, ntuple[name]) for name in names}


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
