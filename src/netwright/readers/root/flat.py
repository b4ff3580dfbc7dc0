"""Branches and fields of numbers, one shape in every entry: read one by one, each basket or page unpacked once."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot
from uproot.behaviors.RNTuple import RNTuple
from uproot.interpretation.numerical import AsDtype

from netwright.readers._contract import BLOCK_BYTES
from netwright.readers.root.baskets import read_baskets
from netwright.readers.root.parts import ERRORS, Flat

__all__ = ["flat_branch", "flat_fields"]

_PLAIN_COLUMNS = frozenset(range(0x03, 0x1A)) - {0x0B, 0x0E, 0x0F, 0x10, 0x17}  # integers, single and double precision
_LARGE = 2**27  # bytes: unpacking takes a multiple of that
_ONE_LARGE = threading.Lock()  # so that large blocks are unpacked one after another


def flat_branch(branch: uproot.TBranch) -> Flat | None:
    """Return how to read a branch of numbers.

    Args:
        branch: of any type.

    Returns:
        Its type, shape and blocks; None if it is another branch.
    """
    interpretation = branch.interpretation
    if type(interpretation) is not AsDtype or interpretation.from_dtype.names is not None:
        return None
    dtype, shape = interpretation.numpy_dtype, ()
    if dtype.subdtype is not None:
        dtype, shape = dtype.subdtype
    if any(leaf.member("fLen") == 0 for leaf in branch.member("fLeaves")):
        return None  # no numbers in each entry, which uproot takes for one
    return Flat(dtype, shape, partial(read_baskets, branch), partial(_basket_blocks, branch))


def flat_fields(ntuple: RNTuple) -> dict[str, Flat]:
    """Return how to read the fields of numbers.

    Args:
        ntuple: the ntuple.

    Returns:
        Types, shapes and blocks by the names of outermost fields; without those that are read together with others.
    """
    try:
        record, _ = ntuple.to_akform()
    except ERRORS:  # reading the fields one by one shows why
        return {}
    columns = ntuple.column_records
    alike = Counter(column.field_id for column in columns)
    flat = {}
    for name, content in zip(record.fields, record.contents, strict=True):
        form, shape = content, []
        while isinstance(form, ak.forms.RegularForm):
            shape.append(form.size)
            form = form.content
        number = _column_number(form)
        if number is None or 0 in shape:
            continue
        column = columns[number]
        if column.type in _PLAIN_COLUMNS and column.first_element_index == 0 and alike[column.field_id] == 1:
            place = ntuple, number, tuple(shape)
            read, blocks = partial(_read_clusters, *place), partial(_cluster_blocks, *place)
            flat[name] = Flat(np.dtype(form.primitive), tuple(shape), read, blocks)
    return flat


def _column_number(form: ak.forms.Form) -> int | None:
    """Return the number of the column that holds numbers; None for other forms."""
    if not isinstance(form, ak.forms.NumpyForm) or form.parameters or form.inner_shape:
        return None
    word, _, number = form.form_key.partition("-")
    return int(number) if word == "column" and number.isdecimal() else None


def _basket_blocks(branch: uproot.TBranch) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the first entries and the numbers of whole baskets."""
    offsets, entry_bytes = np.asarray(branch.entry_offsets, np.int64), branch.interpretation.itemsize
    if offsets[0] != 0 or (np.diff(offsets) < 0).any():
        msg = f"baskets begin at the entries {offsets[:8].tolist()}"
        raise ValueError(msg)
    start = 0
    for following, after in zip(offsets[1:], [*offsets[2:], None], strict=True):
        if following > start and (after is None or (after - start) * entry_bytes > BLOCK_BYTES):
            with _turn((following - start) * entry_bytes):
                values = read_baskets(branch, start, int(following))
            yield start, values
            start = int(following)


def _read_clusters(ntuple: RNTuple, number: int, shape: tuple[int, ...], start: int, stop: int) -> npt.NDArray[Any]:
    """Return some entries of a column, (stop - start, *shape); the clusters that hold them are unpacked."""
    starts = [int(cluster.num_first_entry) for cluster in ntuple.cluster_summaries]
    first, after = bisect_right(starts, start) - 1, bisect_left(starts, stop)
    if first >= after:
        return np.empty((0, *shape), ntuple.read_cluster_range(number, 0, 0).dtype)
    values: npt.NDArray[Any] = ntuple.read_cluster_range(number, first, after)
    rows = sum(int(cluster.num_entries) for cluster in ntuple.cluster_summaries[first:after])
    if len(values) != rows * math.prod(shape):
        msg = f"clusters of {rows} entries have {len(values)} numbers"
        raise ValueError(msg)
    return values.reshape(rows, *shape)[start - starts[first] : stop - starts[first]]


def _cluster_blocks(ntuple: RNTuple, number: int, shape: tuple[int, ...]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the first entries and the numbers of clusters."""
    row_bytes = math.prod(shape) * 8
    for cluster in ntuple.cluster_summaries:
        start, rows = int(cluster.num_first_entry), int(cluster.num_entries)
        with _turn(rows * row_bytes):
            values = _read_clusters(ntuple, number, shape, start, start + rows)
        yield start, values


def _turn(size: int) -> Any:  # noqa: ANN401  a lock or nothing
    return _ONE_LARGE if size > _LARGE else threading.Lock()
