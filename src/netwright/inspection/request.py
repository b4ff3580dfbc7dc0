"""What somebody wants to know of which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netwright.data import Dataset, Resolution, kept_sample, may_be_fine, resolution_of, sampled_values
from netwright.inspection.drift import grouped_files
from netwright.inspection.labels import Classes
from netwright.inspection.scope import Scope

__all__ = ["Division", "Question", "divisions_of", "usable_weights"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Question:
    """What is looked at, and what is known of the rows.

    Attributes:
        name: of the experiment or of the first file.
        dataset: the columns of all rows, with derived ones.
        scope: which columns, and as what.
        kept: the rows that a selection keeps, shape (rows,), increasing; None for all.
        classes: of each head that has some; those of the first divide the distributions.
        counts: by column of a regression target, the rows that its head learns from, shape (rows,); absent for all.
        parts: by part of the split, its rows among those kept, shape (n,) each; empty without a split.
        missing_at: by feature or column, where the network encodes a missing value, in deviations.
        skipped: what cannot be judged, and why.
        refused: why a network cannot take a column that is finer than float32; empty where it can take all.
    """

    name: str
    dataset: Dataset
    scope: Scope
    kept: Whole | None = None
    classes: Sequence[Classes] = ()
    counts: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    parts: Mapping[str, Whole] = field(default_factory=dict)
    missing_at: Mapping[str, float] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""

    def __len__(self) -> int:
        return self.dataset.rows if self.kept is None else len(self.kept)

    def resolutions(self) -> dict[str, Resolution]:
        """Say what float32 makes of the inputs and targets that it may not hold, on a sample of the rows."""
        columns = [
            column
            for column, role in self.scope.roles.items()
            if role in {"input", "target"} and column not in self.scope.categories and may_be_fine(self.dataset, column)
        ]
        sample = sampled_values(kept_sample(self.dataset, self.kept), columns)
        return {name: resolution_of(values, self.scope.missing.get(name, ())) for name, values in sample}

    @property
    def weight(self) -> str | None:
        """The column of the weight; None where every row weighs 1."""
        return next((column for column, role in self.scope.roles.items() if role == "weight"), None)


@dataclass(frozen=True)
class Division:
    """Rows divided into parts.

    Attributes:
        part: of each row, shape (rows,), dimensionless; below 0 for rows in none.
        names: of the parts.
    """

    part: Whole
    names: Sequence[str]


def divisions_of(question: Question) -> dict[str, Division]:
    """Return how rows are divided: into files, where there are several, and by the split, where there is one.

    Args:
        question: what is looked at.

    Returns:
        The divisions "files" and "split".
    """
    found = {}
    sources = question.dataset.sources
    if len(sources) > 1:
        of_file, labels = grouped_files([s.path.name for s in sources], [s.rows for s in sources])
        origin = question.dataset.origin
        of_row = of_file if origin is None else of_file[origin]
        found["files"] = Division(of_row if question.kept is None else of_row[question.kept], labels)
    if question.parts:
        of_split = np.full(len(question), -1, dtype=np.int64)
        for place, numbers in enumerate(question.parts.values()):
            of_split[numbers] = place
        found["split"] = Division(of_split, list(question.parts))
    return found


def usable_weights(question: Question) -> tuple[npt.NDArray[np.float64], int]:
    """Return the weights of the rows that are looked at.

    Args:
        question: what is looked at.

    Returns:
        Weights, shape (rows,), dimensionless, with 0 for those that are not finite, and how many these are.
    """
    if question.weight is None:
        return np.ones(len(question)), 0
    weights = np.asarray(question.dataset.column(question.weight), dtype=np.float64)
    weights = weights if question.kept is None else weights[question.kept]
    finite = np.isfinite(weights)
    return np.where(finite, weights, 0.0), int(np.count_nonzero(~finite))
