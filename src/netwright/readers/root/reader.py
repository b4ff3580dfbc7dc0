"""ROOT: trees (TTree) and ntuples (RNTuple) by uproot, classes and structures as their members; named histograms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import awkward as ak
import pyarrow as pa
import uproot

from netwright.cpu_count import cpu_count
from netwright.errors import DataError, did_you_mean
from netwright.file_names import in_command
from netwright.readers._arrays import arrow_type, no_column, to_arrow
from netwright.readers._contract import BATCH_BYTES, Block, Contents, Part, Ranges, Request, TableListing
from netwright.readers._members import StructMember, member_array, struct_members
from netwright.readers._names import named_columns
from netwright.readers._refusals import damaged
from netwright.readers.left_out import left_out_note
from netwright.readers.root.branches import branches_of_tree
from netwright.readers.root.fields import fields_of_ntuple
from netwright.readers.root.histograms import histograms_named, rows_of_histograms
from netwright.readers.root.parts import ERRORS, Branch, Tree, arrow, entries_at_once
from netwright.readers.root.sizes import check_sizes

__all__ = ["list_tables", "open_file"]

_MAX_ENTRIES = 2**16  # of a block, where baskets or clusters are larger
_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")


@dataclass(frozen=True)
class _Column:
    """A column: its name, the position of the branch or field that contains it, and the member of that."""

    name: str
    branch: int
    member: StructMember


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a ROOT file.

    Args:
        request: the file, and the tree to read as key if there are several; or histograms, by name or pattern.

    Yields:
        The branches that columns can hold; `Contents.left_out` names the others.

    Raises:
        DataError: the file is damaged, there is no tree, several need a key, or no branch can be read.
    """
    path = request.path
    with damaged(path, "ROOT", ERRORS):
        file = uproot.open(path, decompression_executor=ThreadPoolExecutor(cpu_count()))
    with file:
        with damaged(path, "ROOT", ERRORS):
            missing = file.file.fEND - path.stat().st_size
            if missing > 0:
                msg = f"{path}: the file is truncated, {missing} bytes shorter than its header says. Copy it again."
                raise DataError(msg)
            kinds = file.classnames(recursive=True)
            histograms = [] if request.key is None else histograms_named(kinds, request.key)
            if histograms:
                contents = rows_of_histograms(path, file, histograms)
            else:
                contents = _contents_of_tree(request, file, *_choose(path, kinds, request.key))
        yield contents


def _contents_of_tree(
    request: Request, file: uproot.ReadOnlyDirectory, name: str, remarks: tuple[str, ...]
) -> Contents:
    path, tree = request.path, file[name]
    check_sizes(path, tree)
    list_branches = branches_of_tree if isinstance(tree, uproot.TTree) else fields_of_ntuple
    branches, left_out = list_branches(request, tree)
    columns, without_type = _columns(branches)
    left_out |= without_type
    if not columns:
        reasons = f"; {left_out_note(left_out)}" if left_out else ""
        msg = f'{path}: tree "{tree.name}" has no branch that a column can hold{reasons}. Write flat branches.'
        raise DataError(msg)
    rows = int(tree.num_entries)
    batches = _batches(path, tree, branches, columns)
    ranges = Ranges(_starts(tree, rows), partial(_rows, path, branches, columns))
    return Contents(_schema(columns), rows, batches, left_out, remarks, _alone(path, branches, columns), ranges)


def list_tables(request: Request) -> Iterator[TableListing]:
    """List the trees of a ROOT file, each by its newest cycle.

    Args:
        request: the file.

    Yields:
        Trees with entries, and the names of their branches that have no further ones, or of their fields; what no
        column can hold may be among them.

    Raises:
        DataError: the file is damaged, or there is no tree.
    """
    path = request.path
    with damaged(path, "ROOT", ERRORS), uproot.open(path) as file:
        names, _ = _trees(path, file.classnames(recursive=True))
        for name in names:
            tree = file[name]
            branches = tree.itervalues() if isinstance(tree, uproot.TTree) else tree.values()
            columns = [branch.name for branch in branches if not branch.keys()]
            yield TableListing(name, int(tree.num_entries), tuple(dict.fromkeys(columns)))


def _trees(path: Path, kinds: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the names of the trees of a file, sorted, and those of all their cycles."""
    cycles = [name for name, kind in kinds.items() if kind in _TREES]
    if not cycles:
        msg = f"{path}: holds no tree. Write a TTree or an RNTuple."
        raise DataError(msg)
    return sorted({name.rpartition(";")[0] for name in cycles}), cycles


def _choose(path: Path, kinds: Mapping[str, str], key: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the name of the tree to read, and remarks on the choice: of several cycles, the newest is read."""
    trees, cycles = _trees(path, kinds)
    if key in cycles:
        return str(key), ()
    if key is not None and key not in trees:
        in_folders = [tree for tree in trees if tree.rpartition("/")[2] == key]
        hint = (
            f" There is {' and '.join(in_folders)}."
            if in_folders
            else did_you_mean(key, [*trees, *histograms_named(kinds, "*")])
        )
        msg = f'{path}: there is no tree "{key}".{hint}'
        raise DataError(msg)
    if key is None and len(trees) > 1:
        msg = (
            f"{path}: holds {len(trees)} trees: {', '.join(trees)}. Choose one with --key {in_command(trees[0])} or "
            f'another; in Python, key="{trees[0]}".'
        )
        raise DataError(msg)
    chosen = trees[0] if key is None else key
    if sum(name.rpartition(";")[0] == chosen for name in cycles) < 2:
        return chosen, ()
    remark = (  # without numbers, so that it is the same for all files
        f'tree "{chosen}" was written in several cycles, of which the newest is read (key "{chosen};N" chooses another)'
    )
    return chosen, (remark,)


def _columns(branches: Sequence[Branch]) -> tuple[list[_Column], dict[str, str]]:
    """Return the columns of the branches, and the reasons for what is left out."""
    members = [(index, member) for index, branch in enumerate(branches) for member in struct_members(branch.kind)]
    paths = [(*branches[index].path, *branches[index].member_names(member.names)) for index, member in members]
    names, left_out = named_columns(paths)
    columns = []
    for number, name in names.items():
        index, member = members[number]
        if member.kind is None:
            left_out[name] = member.reason
        else:
            columns.append(_Column(name, index, member))
    return columns, left_out


def _schema(columns: Sequence[_Column]) -> pa.Schema:
    return pa.schema([pa.field(column.name, column.member.kind) for column in columns])


def _alone(path: Path, branches: Sequence[Branch], columns: Sequence[_Column]) -> list[Part]:
    """Return how to read each column by itself; nothing if one of them cannot."""
    blocks: list[Part] = []
    for column in columns:
        branch, kind = branches[column.branch], column.member.kind
        if branch.flat is None or no_column(branch.flat.dtype, branch.flat.shape) is not None:
            return []
        if kind != arrow_type(path, column.name, branch.flat.dtype, branch.flat.shape):
            return []
        blocks.append(partial(_blocks, path, column.name, branch))
    return blocks


def _blocks(path: Path, name: str, branch: Branch) -> Iterator[Block]:
    with damaged(path, f'ROOT (branch "{".".join(branch.path)}")', ERRORS):
        for start, values in () if branch.flat is None else branch.flat.blocks():
            yield Block(start, pa.record_batch([to_arrow(path, name, values)], names=[name]))


def _batches(
    path: Path, tree: Tree, branches: Sequence[Branch], columns: Sequence[_Column]
) -> Iterator[pa.RecordBatch]:
    schema = _schema(columns)
    for arrays in _read(path, tree, {column.branch: branches[column.branch] for column in columns}):
        with damaged(path, "ROOT", ERRORS):
            batch = [member_array(arrays[column.branch], column.member) for column in columns]
            yield pa.record_batch(batch, schema=schema)


def _starts(tree: Tree, rows: int) -> Sequence[int]:
    """Return the entries at which baskets of all branches, or clusters, begin; else some at even distances."""
    offsets = tree.common_entry_offsets() if isinstance(tree, uproot.TTree) else _cluster_starts(tree)
    starts = [offset for offset in offsets if offset < rows]
    return starts if starts[:1] == [0] and len(starts) > rows // _MAX_ENTRIES else range(0, rows, _MAX_ENTRIES)


def _rows(
    path: Path, branches: Sequence[Branch], columns: Sequence[_Column], names: Sequence[str], start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """Yield some entries of some columns."""
    by_name = {column.name: column for column in columns}
    chosen = [by_name[name] for name in names]
    arrays = {}
    for index in {column.branch for column in chosen}:
        with damaged(path, f'ROOT (branch "{".".join(branches[index].path)}")', ERRORS):
            arrays[index] = branches[index].read(start, stop)
    yield pa.record_batch(
        [member_array(arrays[column.branch], column.member) for column in chosen], schema=_schema(chosen)
    )


def _cluster_starts(tree: Tree) -> list[int]:
    return [int(cluster.num_first_entry) for cluster in tree.cluster_summaries]


def _read(path: Path, tree: Tree, branches: Mapping[int, Branch]) -> Iterator[dict[int, pa.Array]]:
    """Yield the entries of branches, as many at once as `BATCH_BYTES` allows."""
    keys = {index: branch.key for index, branch in branches.items() if branch.key is not None}
    alone = {index: branch for index, branch in branches.items() if branch.key is None}
    at_most = entries_at_once(tree, list(alone.values()), BATCH_BYTES)
    start = 0
    for rows, records in _joint_entries(path, tree, list(keys.values()), at_most):
        with damaged(path, "ROOT", ERRORS):
            arrays = {index: arrow(records[key]) for index, key in keys.items()}
        for index, branch in alone.items():
            with damaged(path, f'ROOT (branch "{".".join(branch.path)}")', ERRORS):
                arrays[index] = branch.read(start, start + rows)
        yield arrays
        start += rows


def _joint_entries(path: Path, tree: Tree, keys: Sequence[str], at_most: int | None) -> Iterator[tuple[int, ak.Array]]:
    """Yield numbers of entries, and the entries of the branches that are read together."""
    if not keys:
        rows, step = int(tree.num_entries), at_most or 1
        yield from ((min(step, rows - start), ak.Array([])) for start in range(0, rows, step))
        return
    size = f"{BATCH_BYTES} B"
    if at_most is not None:
        size = min(at_most, tree.num_entries_for(size, keys))
    try:
        for records in tree.iterate(keys, step_size=size, library="ak"):
            yield len(records), records
    except ERRORS:
        with damaged(path, f"ROOT{_where(tree, keys)}", ERRORS):
            raise


def _where(tree: Tree, keys: Sequence[str]) -> str:
    """Return the branch that cannot be read, for a message."""
    for key in keys:
        try:
            for _ in tree.iterate([key], step_size=f"{BATCH_BYTES} B", library="ak"):
                pass
        except ERRORS:
            return f' (branch "{key}")'
    return ""
