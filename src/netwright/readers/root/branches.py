"""The branches of a TTree that uproot can read, found by reading those that are in doubt.

Numbers, strings and lists of numbers are fully described by the file, so bytes that do not fit mean damage. Of
objects (classes, nested containers) uproot supports many but not all: a branch that it cannot decode, although its
baskets unpack, is left out, and the others are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import uproot
from uproot.interpretation import Interpretation
from uproot.interpretation.identify import UnknownInterpretation
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDouble32, AsDtype, AsFloat16
from uproot.interpretation.strings import AsStrings

from netwright.readers._contract import BATCH_BYTES, Request
from netwright.readers._refusals import damaged
from netwright.readers.root.flat import flat_branch
from netwright.readers.root.parts import ERRORS, Branch, arrow, entries_at_once
from netwright.readers.root.strided import laid_out

__all__ = ["branches_of_tree"]

_PLAIN = (AsDtype, AsDouble32, AsFloat16, AsStrings)
_BITS = 15  # of TStreamerBasicType: the bits of a TObject, behind which a number follows if the object is referenced
_DIMENSIONS = re.compile(r"(\[[^\]]*\])+$")  # ROOT writes the dimensions of a class's array into the branch's name


def branches_of_tree(request: Request, tree: uproot.TTree) -> tuple[list[Branch], dict[str, str]]:
    """Return the branches that can be read, and the reasons why others cannot.

    Args:
        request: the file, and the callback for progress updates.
        tree: the tree.

    Returns:
        The innermost branches in the file's order, and the reason for each that is left out.

    Raises:
        DataError: a branch is damaged.
    """
    leaves = list(_leaves(tree.branches, (), ""))
    branches: dict[int, Branch | str] = {}
    plain: dict[int, Branch] = {}
    for position, (names, full, branch) in enumerate(leaves):
        reason, key = _reason_unreadable(tree, branch), _key(tree, full, branch)
        if reason:
            branches[position] = reason
        elif key is not None and (flat := flat_branch(branch)) is not None:
            branches[position] = Branch(names, branch, flat.kind, key, flat=flat)
        elif key is not None and _is_plain(branch.interpretation):
            plain[position] = Branch(names, branch, pa.null(), key)
        else:
            branches[position] = _tried(request, names, branch)
    branches |= _typed(request, tree, plain)
    readable = [
        branch for branch in (branches[position] for position in sorted(branches)) if isinstance(branch, Branch)
    ]
    left_out = {
        ".".join(leaves[position][0]): reason for position, reason in branches.items() if isinstance(reason, str)
    }
    return readable, left_out


def _leaves(
    branches: Sequence[uproot.TBranch], owner: tuple[str, ...], prefix: str
) -> Iterator[tuple[tuple[str, ...], str, uproot.TBranch]]:
    """Yield the innermost branches: the parts of their names, their keys in the tree, and the branches themselves."""
    for branch in branches:
        names, last = (*owner, branch.name), branch.name.rpartition("/")[2]
        if owner:
            names = (*owner, *_own_name(branch).split("."))
        full = f"{prefix}/{branch.name}" if prefix else branch.name
        if branch.branches:
            group = (
                tuple(name for name in (*names[:-1], *names[-1].split(".")) if name) if owner else (last.rstrip("."),)
            )
            yield from _leaves(branch.branches, group, full)
        else:
            yield (*names[:-1], _DIMENSIONS.sub("", names[-1]) or names[-1]), full, branch


def _own_name(branch: uproot.TBranch) -> str:
    """Return the name of a branch without that of its parent branch."""
    owner = branch.parent.name.rstrip(".")
    return str(branch.name).removeprefix(f"{owner}.").rstrip(".")


def _key(tree: uproot.TTree, full: str, branch: uproot.TBranch) -> str | None:
    """Return the key of a branch in the tree; None if that key finds another."""
    try:
        return full if tree[full] is branch else None
    except ERRORS:
        return None


def _reason_unreadable(tree: uproot.TTree, branch: uproot.TBranch) -> str:
    """Return the reason why a branch cannot be read, according to its description; empty if it may be readable."""
    try:
        if isinstance(branch.interpretation, UnknownInterpretation):
            typename = "" if branch.typename == "unknown" else f" ({branch.typename})"
            return f"uproot does not know its type{typename}"
    except ERRORS as error:
        return f"uproot does not know its type ({type(error).__name__})"
    if branch.streamer is not None and branch.streamer.all_members.get("fType") == _BITS:
        return "it holds ROOT's own bits of objects"
    if branch.num_entries != tree.num_entries:
        return f"it has {branch.num_entries:,} entries where the tree has {tree.num_entries:,}"
    return ""


def _is_plain(interpretation: Interpretation) -> bool:
    inner = interpretation.content if type(interpretation) is AsJagged else interpretation
    return type(inner) in _PLAIN


def _typed(request: Request, tree: uproot.TTree, plain: dict[int, Branch]) -> dict[int, Branch | str]:
    """Return branches of numbers with their types."""
    keys = [branch.key for branch in plain.values()]
    try:
        first = tree.arrays(keys, entry_stop=0, library="ak") if keys else {}
        return {position: replace(branch, kind=arrow(first[branch.key]).type) for position, branch in plain.items()}
    except ERRORS:  # one cannot be read; reading them one by one shows which
        return {position: _typed_alone(request, branch) for position, branch in plain.items()}


def _typed_alone(request: Request, branch: Branch) -> Branch | str:
    try:
        return replace(branch, kind=branch.read(0, 0).type)
    except ERRORS:
        return _tried(request, branch.path, branch.source)


def _tried(request: Request, names: tuple[str, ...], source: uproot.TBranch) -> Branch | str:
    """Read a branch completely, which shows whether uproot decodes it; return it, or the reason to leave it out."""
    branch, kinds = Branch(names, source, pa.null()), set()
    entries = (0, 0)  # the range being read; a type may be unknown before reading starts
    try:
        source.interpretation.awkward_form(source.file)
        step = entries_at_once(source, [branch], BATCH_BYTES) or 1
        entries = (0, source.num_entries)
        branch = replace(branch, interpretation=laid_out(source))
        for start in range(0, max(1, source.num_entries), step):
            entries = (start, min(start + step, source.num_entries))
            kinds.add(branch.read(*entries).type)
            request.progress(f"Checking {'.'.join(names)}", entries[1], source.num_entries)
    except ERRORS as error:
        with damaged(request.path, f'ROOT (branch "{".".join(names)}")', ERRORS):
            _unpack(source, *entries)
        return f"uproot cannot decode its type ({source.typename}, {type(error).__name__})"
    if len(kinds) > 1:
        return f"uproot finds several types in it ({', '.join(sorted(map(str, kinds)))})"
    return replace(branch, kind=kinds.pop())


def _unpack(branch: uproot.TBranch, start: int, stop: int) -> None:
    """Unpack the baskets of some entries, which fails if they are damaged."""
    offsets = branch.entry_offsets
    for number in range(branch.num_baskets):
        if offsets[number] < stop and start < offsets[number + 1]:
            branch.basket(number)
