"""ROOT: trees (TTree) and ntuples (RNTuple) with flat, fixed-size, jagged and text branches, by uproot."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import awkward as ak
import pyarrow as pa
import uproot

from netwright.data.readers._contract import BATCH_BYTES, Contents, Request, damaged
from netwright.data.readers._limits import refuse_bomb
from netwright.data.readers._plain import plain_array, plain_type
from netwright.errors import DataError, did_you_mean

__all__ = ["open_file"]

_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
# uproot reads bytes as the file's own description says, so damage shows in any of these
_ERRORS = (
    uproot.DeserializationError, uproot.KeyInFileError, OSError, ValueError, KeyError, IndexError, TypeError,
    AttributeError, AssertionError, NotImplementedError, RuntimeError, OverflowError, struct.error, zlib.error,
    EOFError, ArithmeticError, MemoryError,
)  # fmt: skip


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a ROOT file.

    Args:
        request: the file, and as key the tree to read where there are several.

    Yields:
        The branches that columns can hold; what else there is is named in `Contents.left_out`.

    Raises:
        DataError: the file is damaged, there is no tree, several need a key, or no branch can be read.
    """
    path = request.path
    with damaged(path, "ROOT", _ERRORS):
        file = uproot.open(path)
    with file:
        with damaged(path, "ROOT", _ERRORS):
            missing = file.file.fEND - path.stat().st_size
            if missing > 0:
                msg = f"{path}: the file is truncated, {missing} bytes shorter than its header says. Copy it again."
                raise DataError(msg)
            tree = file[_choose(path, file, request.key)]
            refuse_bomb(path, _declared_bytes(tree), path.stat().st_size)
            branches, left_out = _branches(tree)
            schema, more = _schema(tree, branches)
            left_out |= more
            if not len(schema):
                msg = f'{path}: tree "{tree.name}" has no branch that a column can hold. Write flat branches.'
                raise DataError(msg)
            rows = int(tree.num_entries)
        yield Contents(schema, rows, _batches(path, tree, branches, schema), left_out)


def _choose(path: Path, file: uproot.ReadOnlyDirectory, key: str | None) -> str:
    """Return the name of the tree to read; of several cycles the newest counts."""
    classes = file.classnames(recursive=True, cycle=False)
    trees: list[str] = sorted(name for name, kind in classes.items() if kind in _TREES)
    if key is not None:
        if key not in trees:
            msg = f'{path}: there is no tree "{key}".{did_you_mean(key, trees)}'
            raise DataError(msg)
        return key
    if not trees:
        msg = f"{path}: holds no tree. Write a TTree or an RNTuple."
        raise DataError(msg)
    if len(trees) > 1:
        msg = (
            f'{path}: holds {len(trees)} trees: {", ".join(trees)}. Choose one with key, for example key="{trees[0]}".'
        )
        raise DataError(msg)
    return trees[0]


def _declared_bytes(tree: uproot.TTree | uproot.behaviors.RNTuple.RNTuple) -> int:
    if isinstance(tree, uproot.TTree):
        return int(tree.uncompressed_bytes)
    return 0  # an RNTuple declares the size of each page, and uproot unpacks to no more


def _branches(tree: uproot.TTree | uproot.behaviors.RNTuple.RNTuple) -> tuple[dict[str, str], dict[str, str]]:
    """Return the columns (their names, and how uproot calls them), and what cannot be one, with the reason."""
    if not isinstance(tree, uproot.TTree):
        return {name: name for name in tree.keys(recursive=False)}, {}
    found: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for full, branch in tree.iteritems(recursive=True):
        if branch.branches:
            continue
        name = branch.name if branch.name not in found else full
        if isinstance(branch.interpretation, uproot.interpretation.identify.UnknownInterpretation):
            left_out[name] = f"uproot cannot read its type {branch.typename}"
        else:
            found[name] = full
    return found, left_out


def _schema(
    tree: uproot.TTree | uproot.behaviors.RNTuple.RNTuple, branches: dict[str, str]
) -> tuple[pa.Schema, dict[str, str]]:
    """Return the columns' types, and drop from `branches` those that cannot be columns."""
    first = tree.arrays(list(branches.values()), entry_stop=0, library="ak")
    fields, left_out = [], {}
    for name, full in list(branches.items()):
        kind = plain_type(_arrow(first[full]).type)
        if kind is None:
            left_out[name] = f"its type {first[full].type.content} is neither numbers nor texts nor lists of them"
            del branches[name]
        else:
            fields.append(pa.field(name, kind))
    return pa.schema(fields), left_out


def _batches(
    path: Path, tree: uproot.TTree | uproot.behaviors.RNTuple.RNTuple, branches: dict[str, str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    names = list(branches.values())
    with damaged(path, "ROOT", _ERRORS):
        for part in tree.iterate(names, step_size=f"{BATCH_BYTES} B", library="ak"):
            arrays = [plain_array(_arrow(part[full]), field.type) for full, field in zip(names, schema, strict=True)]
            yield pa.record_batch(arrays, schema=schema)


def _arrow(array: ak.Array) -> pa.Array:
    return ak.to_arrow(array, list_to32=True, string_to32=True, extensionarray=False)
