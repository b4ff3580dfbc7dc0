"""Guess what a network is to predict: a named column, flags of classes, or the known label of a layout."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.data import Dataset, owner_of, words_of
from netwright.errors import DataError, did_you_mean
from netwright.inspection.binning import FEW
from netwright.inspection.column_names import is_truth
from netwright.inspection.column_summary import ColumnSummary, summarise_column
from netwright.inspection.guess_arrays import find_one_hot
from netwright.inspection.guess_flags import flag_columns, flags_by_stem, flags_in_arrays, flags_of_slice, says_is
from netwright.inspection.guess_leaks import why_leaks
from netwright.inspection.guess_roles import presence_condition
from netwright.inspection.layouts import LABEL, PLAIN, Layout, layout_of

__all__ = ["GuessedHead", "free_name", "guess_head", "known_head"]

_SHOWN = 10  # columns in a message
_MANY, _RARE = 100, 10  # rows of a data set, and of a class that is not in each part of a split
_SIGNAL = re.compile(r"(?i:s|sig|signal|yes|y|true|t|pos|positive|\+)")  # of two words
_SIGNS = {"<=": "at_most", ">=": "at_least", "<": "below", ">": "above", "-": "minus", "+": "plus"}
_NUMBERED = re.compile(r"column_\d+")
_FIRST_TRUTH = re.compile(r"gen(?!erator)|true|truth", re.IGNORECASE)  # begins what is measured, too, as in GenMET_pt
_HARDLY = re.compile(r"GenVtx_|.*fiducialGen|Generator_|Pileup_|PSWeight")  # true, but hardly a target
_COUNTER = re.compile(r"[nN]_?[A-Z]\w*|\w+_size")  # of particles, which are no classes


@dataclass(frozen=True)
class GuessedHead:
    """What a network is to predict.

    Attributes:
        name: proposed name of the head.
        section: of the experiment file.
        columns: those that give the truth away.
        reason: why a column that was not named is taken, as the end of a sentence.
    """

    name: str
    section: dict[str, Any]
    columns: tuple[str, ...]
    reason: str = ""


def guess_head(
    dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout, target: str | None
) -> GuessedHead:
    """Guess a head from the name of its column or the pattern of its flags, or else from the layout.

    Args:
        dataset: the columns.
        summaries: of the columns, by name.
        layout: knows flags and labels.
        target: a column, a pattern such as ``label_*`` or a slice such as ``jets[53:58]`` for flags, or None.

    Returns:
        The head.

    Raises:
        DataError: there is no such column, it is constant or not a number, or nothing is known to predict.
    """
    if target is None:
        head = _head_of_layout(summaries, layout)
        head = head or _head_of_stem(dataset, summaries, layout)
        if head is not None:
            return head
        likely, reason = _likely(dataset, summaries, layout)
        return replace(_head_of_column(dataset, summaries, likely), reason=reason)
    if target in summaries:
        return _head_of_column(dataset, summaries, target)
    flags = fnmatch.filter(flag_columns(summaries), target) if "*" in target else []
    if len(flags) > 1:
        prefix = target.partition("*")[0]
        return _head_of_flags({name.removeprefix(prefix) or name: name for name in flags})
    if places := flags_of_slice(dataset, target):
        return _head_of_flags({name: name for name in places})
    if owner_of(target, dataset.schema) is not None:
        return _head_of_column(dataset, {target: summarise_column(dataset, target)}, target)
    if target in dataset.left_out:
        dataset.arrow(target)  # says why
    msg = f"--target {target}: no such column.{did_you_mean(target, summaries)}"
    raise DataError(msg)


def _head_of_stem(dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout) -> GuessedHead | None:
    """Return a head of flags that say which class a row is of, recojet_isB and recojet_isC; None without such."""
    names = [name for name in filter(says_is, flag_columns(summaries)) if layout.why_left_out(name) is None]
    stems = flags_by_stem(dataset, names)
    if len(stems) != 1:
        return None
    ((stem, flags),) = stems.items()
    reason = f"as one of {', '.join(flags.values())} is 1 in each row"
    return replace(
        _head_of_flags(flags), name=stem.rstrip("_").removesuffix("is").rstrip("_") or "label", reason=reason
    )


def _head_of_column(dataset: Dataset, summaries: Mapping[str, ColumnSummary], target: str) -> GuessedHead:
    column = summaries[target]
    if _is_count(dataset, column):
        column = replace(column, values=())
    head = _one_hot(dataset, target) or _section_of_column(column, list(words_of(dataset, target)))
    named = summaries[target].shape or owner_of(target, dataset.schema)  # SQL has other names for elements
    condition = None if named else presence_condition(dataset, target)
    return GuessedHead(target, head | ({"where": condition} if condition else {}), (target,))


def _is_count(dataset: Dataset, column: ColumnSummary) -> bool:
    """Return whether whole numbers count something, rather than name classes: by the name, or as some are rare."""
    if len(column.values) < 3 or column.shape:
        return False
    if _COUNTER.fullmatch(column.name):
        return True
    occurrences = np.unique(dataset.column(column.name), return_counts=True)[1]
    return dataset.rows >= _MANY and int(occurrences.min()) < _RARE


def _likely(dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout) -> tuple[str, str]:
    """Return the column that is most likely the label, and why.

    It is known by its name; or, in files of no known layout, as the only one with two values or with a few words. In
    a text table without names, the first or the last column with few values goes before others.
    """
    arrays = [name for name, column in summaries.items() if column.shape and re.fullmatch(LABEL, name)]
    labels = [name for name in arrays if len(find_one_hot(dataset, name) or ()) > 1]
    single = {
        name: column for name, column in summaries.items() if not column.shape and layout.why_left_out(name) is None
    }
    words = [name for name in single if 2 <= len(words_of(dataset, name)) <= FEW]
    named = [name for name in single if re.fullmatch(LABEL, name) and (single[name].values or name in words)] + labels
    named = _in_words(dataset, words, named)
    if len(named) == 1:
        return named[0], "by its name"
    few = {name: column for name, column in single.items() if len(column.values) > 1}
    two = [name for name, column in few.items() if column.values in {(0, 1), (-1, 1), (1, 2)}]
    ends = [dataset.names[0], dataset.names[-1]] if _unnamed(dataset) else []
    ends = [name for name in ends if name in few or name in words]
    rules = [(ends, "at an end of the row with few values"), (two, "with two values"), (words, "with words")]
    for matching, description in rules if layout is PLAIN and not named else ():
        if len(matching) == 1:
            return matching[0], f"as the only one {description}"
    likely = [name for name in [*words, *few] if not _COUNTER.fullmatch(name) and not is_truth(name)]
    truth = [name for name in _true_numbers(summaries) if "trigger" not in (layout.why_left_out(name) or "")]
    true = f" Simulated truth, which a network can predict: {_shown(truth)}." if truth else ""
    flags = [
        *(f"{stem}*" for stem in flags_by_stem(dataset, flag_columns(summaries))),
        *flags_in_arrays(dataset),
    ]
    in_arrays = f" Flags of which one is 1 in each row: --target '{flags[0]}'." if flags else ""
    msg = (
        "what to predict cannot be guessed: no column is recognised as a label. Name a column with --target (in "
        "Python: target=), or a file for each class with --classes signal=a.root background=b.root. Columns with few "
        "values: "
        f"{_shown(likely)}.{true}{in_arrays}"
    )
    raise DataError(msg)


def _in_words(dataset: Dataset, words: Sequence[str], named: Sequence[str]) -> list[str]:
    """Return the label in words where another one has numbers for these: className, not classID; else all labels."""
    spelled = [name for name in named if name in words]
    numbers = [name for name in named if name not in words]
    return spelled if len(spelled) == 1 and set(numbers) == set(why_leaks(dataset, spelled, numbers)) else list(named)


def _true_numbers(summaries: Mapping[str, ColumnSummary]) -> list[str]:
    """Return the columns with one number of simulated truth a row, those named after what is measured first."""
    numbers = [name for name, column in summaries.items() if not column.shape and column.minimum is not None]
    true = [name for name in numbers if is_truth(name) and not summaries[name].constant]
    true = [name for name in true if not _COUNTER.fullmatch(name) and "weight" not in name.lower()]
    true = [name for name in true if not _HARDLY.match(name)] or true
    return sorted(true, key=lambda name: _FIRST_TRUTH.match(name) is None)


def _shown(names: Sequence[str]) -> str:
    return f"{', '.join(names[:_SHOWN])}{' ...' if len(names) > _SHOWN else ''}" or "none"


def _unnamed(dataset: Dataset) -> bool:
    """Return whether the columns of a text table are numbered, as it has no header."""
    return all(_NUMBERED.fullmatch(name) for name in dataset.names)


def known_head(dataset: Dataset) -> GuessedHead | None:
    """Return the head that the layout of files knows: flags of classes, or the label of flavour tagging.

    Args:
        dataset: the columns.

    Returns:
        The head; None where the layout knows none.
    """
    layout = layout_of(dataset.names)
    names = [name for name in dataset.names if name in layout.labels or re.fullmatch(layout.flags, name)]
    return _head_of_layout({name: summarise_column(dataset, name) for name in names}, layout)


def free_name(text: str, taken: Collection[str]) -> str:
    """Return a name made of letters, digits and underscores that is not taken yet.

    Args:
        text: any text.
        taken: names in use.

    Returns:
        The name.

    Example:
        >>> free_name("b jets", {"b_jets"})
        'b_jets_2'
    """
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "constituents"
    name = name if name[0].isalpha() else f"n_{name}"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _head_of_layout(summaries: Mapping[str, ColumnSummary], layout: Layout) -> GuessedHead | None:
    """Return a head from the flags or the label that a layout has; None where there are none."""
    for label, names in layout.labels.items():
        values = summaries[label].values if label in summaries else ()
        classes = {names.get(value, f"class_{value}".replace("-", "minus_")): value for value in values}
        if len(classes) > 1:
            signal = {"signal": "b"} if "b" in classes else {}
            return GuessedHead(
                "flavour", _kind_section(classes) | {"column": label, "classes": classes} | signal, (label,)
            )
    matches = {name: re.fullmatch(layout.flags, name) for name in flag_columns(summaries)}
    flags = {match["name"]: name for name, match in matches.items() if match}
    return _head_of_flags(flags) if len(flags) > 1 else None


def _head_of_flags(flags: Mapping[str, str]) -> GuessedHead:
    classes: dict[str, str] = {}
    for name, column in flags.items():
        classes[free_name(name, classes)] = column
    return GuessedHead("label", {**_kind_section(classes), "classes": classes}, tuple(flags.values()))


def _kind_section(classes: Collection[str]) -> dict[str, Any]:
    return {"kind": "binary" if len(classes) == 2 else "multiclass"}


def _one_hot(dataset: Dataset, target: str) -> dict[str, Any] | None:
    """One-hot labels make a multiclass target, or a binary one of two."""
    positions = find_one_hot(dataset, target)
    if positions is None or len(positions) < 2:
        return None
    names = ["background", "signal"] if len(positions) == 2 else [f"class_{position}" for position in positions]
    return _kind_section(names) | {"column": target, "classes": dict(zip(names, positions, strict=True))}


def _spelled(word: str) -> str:
    """Return a word with the signs in front of it as words, so that they tell names of classes apart.

    Example:
        >>> _spelled("<=50K"), _spelled(">50K"), _spelled("-")
        ('at_most_50K', 'above_50K', 'minus')
    """
    sign = next((sign for sign in _SIGNS if word.startswith(sign)), "")
    return f"{_SIGNS[sign]}_{word[len(sign) :].strip()}".rstrip("_") if sign else word or "none"


def _section_of_column(column: ColumnSummary, words: list[str]) -> dict[str, Any]:
    """Two whole numbers or words make a binary target, a few a multiclass one, other numbers a regression."""
    if 2 <= len(words) <= FEW:
        classes: dict[str, str] = {}
        for word in sorted(words, key=lambda word: len(words) == 2 and _SIGNAL.fullmatch(word) is not None):
            classes[free_name(_spelled(word), classes)] = word
        return {"kind": "binary" if len(words) == 2 else "multiclass", "column": column.name, "classes": classes}
    if column.shape or column.minimum is None:
        msg = (
            f"--target {column.name}: it holds {column.type} of shape {column.shape or '()'}; a target is one number "
            "per row. Name another, or write the file by hand with data.derived."
        )
        raise DataError(msg)
    if column.constant:
        constant = f"it is {column.minimum:g} in every row; there is nothing to learn"
        msg = f"--target {column.name}: {constant}. Name another column."
        raise DataError(msg)
    if len(column.values) == 2:
        background, signal = column.values
        return {"kind": "binary", "column": column.name, "classes": {"background": background, "signal": signal}}
    if column.values:
        numbered = {f"class_{value}".replace("-", "minus_"): value for value in column.values}
        return {"kind": "multiclass", "column": column.name, "classes": numbered}
    return {"kind": "regression", "column": column.name}
