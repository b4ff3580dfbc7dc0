"""Columns named weight that hold what a scale shows, instead of the weight of an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from netwright.data import Dataset
from netwright.finding import Finding
from netwright.inspection.guess.column_names import IDENTITY_NAME, OF_EVENT, WEIGHT_NAME
from netwright.inspection.guess.layouts import PLAIN, Layout, is_weight
from netwright.readers import is_numeric

__all__ = ["measured_weights", "weight_findings"]

_MOMENTUM = re.compile(r"(^|[._ ]|\d)(pt|eta|phi|p[xyz]|met)(\d*)([._ ]|$)", re.IGNORECASE)
_SIZE = re.compile(r"(height|hgt|bmi)(_.*)?", re.IGNORECASE)  # beside it, a weight is that of a body
_DIFFERENT = 20  # values of a measured weight, at least; fewer may be those of samples
_LIGHTEST, _HEAVIEST = 2.0, 10_000.0  # median and largest value of a measured weight, in any unit
_DECIMALS = 2  # that a scale shows, at most


def measured_weights(dataset: Dataset, names: Iterable[str], layout: Layout) -> list[str]:
    """Return columns named weight that hold what a scale shows, the mass of a person, an animal or a thing.

    Their values are positive, at least 20 of them different, with a median above 2 and none above 10,000, and have two
    decimals at most; any number of decimals beside a column of the height. Event weights are products, so that they
    have many digits, or are the same for many rows; those of surveys are larger or about 1. Files with numbers of
    events or momenta have no such column.

    Args:
        dataset: the columns.
        names: of columns that may be.
        layout: of the file.

    Returns:
        Their names.

    Example:
        >>> import pyarrow as pa
        >>> columns = {"weight": [40.5 + n for n in range(30)], "age": list(range(30))}
        >>> dataset = Dataset.of({name: pa.chunked_array([values]) for name, values in columns.items()})
        >>> measured_weights(dataset, dataset.names, PLAIN)
        ['weight']
    """
    if _has_events(dataset.names, layout):
        return []
    beside_size = any(_SIZE.fullmatch(name) for name in dataset.names)
    named = [name for name in names if _may_be_measured(name) and is_numeric(dataset.arrow(name).type)]
    return [name for name in named if _is_measured(dataset.column(name), any_digits=beside_size)]


def _has_events(names: Iterable[str], layout: Layout) -> bool:
    return layout is not PLAIN or any(IDENTITY_NAME.match(name) or _MOMENTUM.search(name) for name in names)


def _may_be_measured(name: str) -> bool:
    named_weight = WEIGHT_NAME.match(name) or is_weight(PLAIN.why_left_out(name) or "")
    return bool(named_weight) and not OF_EVENT.search(name)


def _is_measured(values: npt.NDArray[np.generic], *, any_digits: bool) -> bool:
    """Return whether numbers are those that a scale shows."""
    present = values[np.isfinite(values)].astype(np.float64)
    if len(np.unique(present)) < _DIFFERENT:
        return False
    in_range = present.min() > 0 and np.median(present) > _LIGHTEST and present.max() < _HEAVIEST
    return bool(in_range and (any_digits or np.allclose(present, present.round(_DECIMALS), rtol=1e-6, atol=0)))


def weight_findings(dataset: Dataset, weight: str | None, measured: Sequence[str], layout: Layout) -> Iterator[Finding]:
    """Yield what columns named weight are taken for, where it may be the event weight or what a scale shows.

    Args:
        dataset: the columns.
        weight: the event weight; None without one.
        measured: those taken as measured, `measured_weights`.
        layout: of the file.

    Yields:
        NOTE.
    """
    for name in measured:
        evidence = (
            f"{name} is taken as an input, a measured weight: it is positive and has digits as a scale shows them."
        )
        remedy = f"If rows count by it: data.weight: {name}, and leave it out of the inputs."
        yield Finding("measured weight", "NOTE", evidence, (name,), remedy=remedy, see="docs/reading.md")
    if weight is not None and _may_be_measured(weight) and not _has_events(dataset.names, layout):
        evidence = f"{weight} is taken as the event weight, by its name: rows count by it in training and results."
        remedy = "If it was measured, as the weight of a body: data.weight: null, and add it to the inputs."
        yield Finding("event weight", "NOTE", evidence, (weight,), remedy=remedy, see="docs/reading.md")
