"""Whether files say which class their rows have, so that several of them are one data set rather than samples."""

from __future__ import annotations

import re
from collections.abc import Collection

from netwright.data import Dataset, words_of
from netwright.inspection.binning import FEW
from netwright.inspection.column_summary import summarise_column
from netwright.inspection.guess.flags import flag_columns, flags_by_stem, says_is
from netwright.inspection.guess.layouts import LABEL, layout_of

__all__ = ["has_label", "knows_classes"]

_OF_SAMPLES = re.compile(r"type|process", re.IGNORECASE)


def knows_classes(names: Collection[str]) -> bool:
    """Return whether files hold the classes of their rows, as far as the names of columns tell.

    Args:
        names: of the columns.

    Returns:
        True for flag columns or a label that the layout knows.

    Example:
        >>> knows_classes(["x", "label_QCD", "label_Hbb"]), knows_classes(["nJet", "Jet_pt"])
        (True, False)
    """
    layout = layout_of(names)
    flags = [name for name in names if re.fullmatch(layout.flags, name)]
    return len(flags) > 1 or any(label in names for label in layout.labels)


def has_label(dataset: Dataset) -> bool:
    """Return whether rows of several classes are in one file, by a column that is called label or the like.

    Args:
        dataset: the rows of the file.

    Returns:
        True if one such column has a few values. Types and processes do not count: samples have them too.

    Example:
        >>> import pyarrow as pa
        >>> [has_label(Dataset(pa.table({"is_top": y}), ())) for y in ([0, 1, 1, 0], [1, 1, 1, 1])]
        [True, False]
    """
    names = [name for name in dataset.names if re.fullmatch(LABEL, name) and not _OF_SAMPLES.fullmatch(name)]
    columns = [summarise_column(dataset, name) for name in names]
    single = [column for column in columns if not column.shape]
    flags = {name: summarise_column(dataset, name) for name in filter(says_is, dataset.names)}
    return bool(flags_by_stem(dataset, flag_columns(flags))) or any(
        len(column.values) > 1 or 2 <= len(words_of(dataset, column.name)) <= FEW for column in single
    )
