"""The parts of a tree or ntuple before they become columns: branches and fields as uproot reads them."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import awkward as ak
import cramjam
import deflate
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import uproot
from uproot.interpretation import Interpretation
from uproot.interpretation.identify import NotNumerical, UnknownInterpretation
from uproot.interpretation.objects import CannotBeAwkward, CannotBeForth, CannotBeStrided

__all__ = ["ERRORS", "Branch", "Flat", "Tree", "arrow", "entries_at_once"]

# uproot decodes bytes by the file's own description, so damage may raise any of these
ERRORS = (
    uproot.DeserializationError, uproot.KeyInFileError, UnknownInterpretation, NotNumerical, CannotBeAwkward,
    CannotBeForth, CannotBeStrided, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError,
    AssertionError, NotImplementedError, RuntimeError, OverflowError, struct.error, zlib.error, EOFError,
    ArithmeticError, MemoryError, StopIteration, pa.ArrowException, cramjam.DecompressionError, deflate.DeflateError,
)  # fmt: skip

Tree: TypeAlias = uproot.TTree | uproot.behaviors.RNTuple.RNTuple

_PAIR = re.compile(r"\b(pair|map|multimap|unordered_map)<")
_OF_PAIRS = {"0": "first", "1": "second"}


@dataclass(frozen=True)
class Flat:
    """How to read numbers of one shape in every entry.

    Attributes:
        dtype: of the numbers.
        shape: of an entry.
        read: returns the numbers (entries, *shape) from a first entry on up to another.
        blocks: yields first entries with the numbers (entries, *shape) of whole baskets or clusters.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    read: Callable[[int, int], npt.NDArray[Any]]
    blocks: Callable[[], Iterator[tuple[int, npt.NDArray[Any]]]]

    @property
    def kind(self) -> pa.DataType:
        """The Arrow type that uproot's arrays of these numbers have."""
        return _arrow_type(self.dtype, self.shape)


@dataclass(frozen=True)
class Branch:
    """A branch or field that is read as a unit.

    Attributes:
        path: the path to it, outermost part first.
        source: uproot's branch or field.
        kind: the Arrow type of the result.
        key: its key in the tree, if it is read together with others.
        interpretation: of its bytes, if different from uproot's own.
        flat: how to read it by itself, if it holds numbers of one shape.
    """

    path: tuple[str, ...]
    source: Any
    kind: pa.DataType
    key: str | None = None
    interpretation: Interpretation | None = None
    flat: Flat | None = None

    def read(self, start: int, stop: int) -> pa.Array:
        """Read a range of entries.

        Args:
            start: the first entry.
            stop: the entry after the last.

        Returns:
            (entries,), of the type `kind`.
        """
        if self.flat is not None:
            values = self.flat.read(start, stop)
            return pa.array(values) if values.ndim == 1 else arrow(ak.Array(values))
        return arrow(self.source.array(self.interpretation, start, stop, library="ak"))

    def member_names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the members of a structure in this part, as the path of a column.

        Args:
            names: Arrow's names.

        Returns:
            The same names; those of a pair are ``first`` and ``second``.
        """
        parts = [part for name in names for part in name.split("/")]
        typename = str(getattr(self.source, "typename", ""))
        if _PAIR.search(typename) and "tuple<" not in typename:
            parts = [_OF_PAIRS.get(part, part) for part in parts]
        return tuple(parts)


@cache
def _arrow_type(dtype: np.dtype[Any], shape: tuple[int, ...]) -> pa.DataType:
    return arrow(ak.Array(np.empty((0, *shape), dtype))).type


def arrow(array: ak.Array) -> pa.Array:
    """Return an Awkward array as an Arrow array.

    Args:
        array: (rows,).

    Returns:
        (rows,), lists and strings with 32-bit offsets.
    """
    return ak.to_arrow(array, list_to32=True, string_to32=True, extensionarray=False)


def entries_at_once(tree: Tree, branches: Sequence[Branch], at_most_bytes: int) -> int | None:
    """Return how many entries of branches may be in memory at once.

    Args:
        tree: the tree.
        branches: those that are read one by one.
        at_most_bytes: the limit on their total size, as declared by the file.

    Returns:
        A number of entries, at least one; None if there are no such branches.
    """
    if not branches:
        return None
    size = sum(int(branch.source.uncompressed_bytes) for branch in branches)
    return max(1, at_most_bytes * int(tree.num_entries) // max(1, size))
