"""Branches and fields of numbers, one shape in every entry: read one by one, each basket or page unpacked once."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot
from uproot.behaviors.RNTuple import RNTuple
from uproot.interpretation.numerical import AsDtype

from netwright.readers._contract import PIECE_BYTES
from netwright.readers._root_parts import ERRORS, Flat

__all__ = ["flat_branch", "flat_field"]

_PLAIN_COLUMNS = frozenset(range(0x03, 0x1A)) - {0x0B, 0x0E, 0x0F, 0x10, 0x17}  # integers, single and double precision
_LARGE = 2**27  # bytes: unpacking takes a multiple of that
_ONE_LARGE = threading.Lock()  # so that large pieces are unpacked one after another


def flat_branch(branch: uproot.TBranch) -> Flat | None:
    """Return how to read a branch of numbers.

    Args:
        branch: of any type.

    Returns:
        Its type, shape and pieces; None if it is another branch.
    """
    interpretation = branch.interpretation
    if type(interpretation) is not AsDtype or interpretation.from_dtype.names is not None:
        return None
    dtype, shape = interpretation.numpy_dtype, ()
    if dtype.subdtype is not None:
        dtype, shape = dtype.subdtype
    return Flat(dtype, shape, lambda: _of_branch(branch, interpretation.itemsize))


def flat_field(ntuple: RNTuple, name: str) -> Flat | None:
    """Return how to read a field of numbers.

    Args:
        ntuple: the ntuple.
        name: of an outermost field.

    Returns:
        Its type, shape and pieces; None if it is another field.
    """
    try:
        record, _ = ntuple[name].to_akform()
    except ERRORS:
        return None  # reading it shows why
    (form,), shape = record.contents, []
    while isinstance(form, ak.forms.RegularForm):
        shape.append(form.size)
        form = form.content
    if not isinstance(form, ak.forms.NumpyForm) or form.parameters or 0 in shape or form.inner_shape:
        return None
    word, _, number = form.form_key.partition("-")
    if word != "column" or not number.isdecimal():
        return None
    column = ntuple.column_records[int(number)]
    alike = [other for other in ntuple.column_records if other.field_id == column.field_id]
    if column.type not in _PLAIN_COLUMNS or column.first_element_index != 0 or len(alike) > 1:
        return None
    return Flat(np.dtype(form.primitive), tuple(shape), lambda: _of_column(ntuple, int(number), tuple(shape)))


def _of_branch(branch: uproot.TBranch, entry_bytes: int) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the first entries and the numbers of whole baskets."""
    offsets = np.asarray(branch.entry_offsets, np.int64)
    if offsets[0] != 0 or (np.diff(offsets) < 0).any():
        msg = f"baskets begin at the entries {offsets[:8].tolist()}"
        raise ValueError(msg)
    start = 0
    for following, after in zip(offsets[1:], [*offsets[2:], None], strict=True):
        if following > start and (after is None or (after - start) * entry_bytes > PIECE_BYTES):
            with _turn((following - start) * entry_bytes):
                values = branch.array(entry_start=start, entry_stop=int(following), library="np", array_cache=None)
            yield start, values
            start = int(following)


def _of_column(ntuple: RNTuple, number: int, shape: tuple[int, ...]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the first entries and the numbers of clusters."""
    row_bytes = math.prod(shape) * 8
    for place, cluster in enumerate(ntuple.cluster_summaries):
        rows = int(cluster.num_entries)
        with _turn(rows * row_bytes):
            values = ntuple.read_cluster_range(number, place, place + 1)
        if len(values) != rows * math.prod(shape):
            msg = f"a cluster of {rows} entries has {len(values)} numbers"
            raise ValueError(msg)
        yield int(cluster.num_first_entry), values.reshape(rows, *shape)


def _turn(size: int) -> Any:  # noqa: ANN401  a lock or nothing
    return _ONE_LARGE if size > _LARGE else threading.Lock()
