"""Guess which column is the target, where none is named and the layout of the file has none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from netwright.data import Dataset, quoted, words_of
from netwright.errors import DataError, first_few
from netwright.inspection.binning import FEW
from netwright.inspection.column_summary import ColumnSummary
from netwright.inspection.guess.arrays import find_one_hot
from netwright.inspection.guess.column_names import is_truth
from netwright.inspection.guess.flags import flag_columns, flags_by_stem, flags_in_arrays
from netwright.inspection.guess.layouts import LABEL, PLAIN, Layout
from netwright.inspection.guess.leaks import why_leaks
from netwright.inspection.guess.target_sections import free_name
from netwright.readers import is_numeric, row_shape

__all__ = ["COUNTER", "PlaceInLists", "likely_target", "place_in_lists"]

COUNTER = re.compile(r"[nN]_?[A-Z]\w*|\w+_size")  # of particles, which are no classes
_SHOWN = 10  # columns in a message
_NUMBERED = re.compile(r"column_\d+")
_FIRST_TRUTH = re.compile(r"gen(?!erator)|true|truth", re.IGNORECASE)  # begins what is measured, too, as in GenMET_pt
_OF_ONE = re.compile(
    r"(?!Gen|Sub).*(flavou?r|genpartflav|truthlabelid|originlabel)", re.IGNORECASE
)  # of a jet, a track
_HARDLY = re.compile(r"GenVtx_|.*fiducialGen|Generator_|Pileup_|PSWeight")  # true, but hardly a target


@dataclass(frozen=True)
class PlaceInLists:
    """A target that is one number of the list of each row, such as the flavour of the first jet.

    Attributes:
        name: of the column to derive, in which rows with shorter lists have no value.
        column: of the lists.
        expression: in SQL.
    """

    name: str
    column: str
    expression: str


def place_in_lists(dataset: Dataset, target: str) -> PlaceInLists | None:
    """Return the number of each list that a target such as ``Jet_hadronFlavour[0]`` names.

    Args:
        dataset: the columns.
        target: as the user names it; the first number is [0].

    Returns:
        The place; None where the target is not of this form, or its column does not hold lists of numbers.
    """
    match = re.fullmatch(r"(.+)\[(\d+)\]", target)
    if match is None or match[1] not in dataset.names:
        return None
    kind = dataset.type_of(match[1])
    if not pa.types.is_list(kind) or not is_numeric(kind.value_type) or row_shape(kind.value_type):
        return None
    name = free_name(re.sub(r"\W+", "_", f"{match[1]}_{match[2]}"), dataset.names)
    return PlaceInLists(name, match[1], f"{quoted(match[1])}[{int(match[2]) + 1}]")


def likely_target(dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout) -> tuple[str, str]:
    """Return the column that is most likely the label, and why.

    It is known by its name; or, in files of no known layout, as the only one with two values or with a few words. In
    a text table without names, the first or the last column with few values goes before others.

    Args:
        dataset: the columns.
        summaries: of the columns, by name.
        layout: of the file.

    Returns:
        The name of the column, and the reason as the end of a sentence.

    Raises:
        DataError: no column is recognised as a label, or several are.
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
    candidates = [name for name in [*words, *few] if not COUNTER.fullmatch(name) and not is_truth(name)]
    raise DataError(_no_label(dataset, summaries, layout, candidates))


def _no_label(
    dataset: Dataset, summaries: Mapping[str, ColumnSummary], layout: Layout, candidates: Sequence[str]
) -> str:
    """Return the message where no column is recognised as a label, with those that may be meant."""
    truth = [name for name in _true_numbers(summaries) if "trigger" not in (layout.why_left_out(name) or "")]
    true = f" Simulated truth, which a network can predict: {first_few(truth, _SHOWN)}." if truth else ""
    single = [name for name in dataset.names if _OF_ONE.fullmatch(name) and _has_lists(dataset, name)]
    true += f" Truth of single particles, each a row then: {first_few(single, _SHOWN)}." if single else ""
    flags = [
        *(f"{stem}*" for stem in flags_by_stem(dataset, flag_columns(summaries))),
        *flags_in_arrays(dataset),
    ]
    in_arrays = f" Flags of which one is 1 in each row: --target '{flags[0]}'." if flags else ""
    return (
        "what to predict cannot be guessed: no column is recognised as a label. Name a column with --target (in "
        "Python: target=), or a file for each class with --classes signal=a.root background=b.root. Columns with few "
        "values: "
        f"{first_few(candidates, _SHOWN) or 'none'}.{true}{in_arrays}"
    )


def _in_words(dataset: Dataset, words: Sequence[str], named: Sequence[str]) -> list[str]:
    """Return the label in words where another one has numbers for these: className, not classID; else all labels."""
    spelled = [name for name in named if name in words]
    numbers = [name for name in named if name not in words]
    return spelled if len(spelled) == 1 and set(numbers) == set(why_leaks(dataset, spelled, numbers)) else list(named)


def _true_numbers(summaries: Mapping[str, ColumnSummary]) -> list[str]:
    """Return the columns with one number of simulated truth a row, those named after what is measured first."""
    numbers = [name for name, column in summaries.items() if not column.shape and column.minimum is not None]
    true = [name for name in numbers if is_truth(name) and not summaries[name].constant]
    true = [name for name in true if not COUNTER.fullmatch(name) and "weight" not in name.lower()]
    true = [name for name in true if not _HARDLY.match(name)] or true
    return sorted(true, key=lambda name: _FIRST_TRUTH.match(name) is None)


def _has_lists(dataset: Dataset, name: str) -> bool:
    """Return whether a column has a list of whole numbers in each row."""
    kind = dataset.type_of(name)
    return bool(pa.types.is_list(kind) and pa.types.is_integer(kind.value_type))


def _unnamed(dataset: Dataset) -> bool:
    """Return whether the columns of a text table are numbered, as it has no header."""
    return all(_NUMBERED.fullmatch(name) for name in dataset.names)
