"""What to inspect: which rows and columns, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netwright.data import Dataset, Resolution, SampleYield, kept_sample, may_be_fine, resolution_of, sampled_values
from netwright.finding import Finding
from netwright.inspection.labels import ClassLabels
from netwright.inspection.scope import Scope

__all__ = ["InspectionRequest", "usable_weights"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class InspectionRequest:
    """What to inspect, and what is known of the rows.

    Attributes:
        name: of the experiment or of the first file; for particles, of their group.
        dataset: the columns of all rows, with derived ones.
        scope: which columns, and in which role.
        kept: the rows that a selection keeps, shape (rows,), increasing; None for all.
        classes: of each head that has some; distributions are drawn by class of the first.
        counts: by column of a regression target, the rows that its head learns from, shape (rows,); absent for all.
        parts: by part of the split, its rows among those kept, shape (n,) each; empty without a split.
        missing_at: by feature or column, where the network encodes a missing value, in deviations.
        skipped: what cannot be checked, and why.
        refused: why a network cannot take a column that float32 does not resolve; empty where it can take all.
        particles: requests to inspect the particles of the rows, each particle a row; statistics and findings on their
            columns join those of the rows.
        hashes: of what else the inputs of each row hold, shape (rows,), dimensionless; None for nothing.
        events: if rows are particles, which of them belong to one event, shape (rows,); None otherwise.
        notes: findings made before the inspection, such as on how the files were read.
        yields: what each sample gives; empty without samples.
    """

    name: str
    dataset: Dataset
    scope: Scope
    kept: Integers | None = None
    classes: Sequence[ClassLabels] = ()
    counts: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    parts: Mapping[str, Integers] = field(default_factory=dict)
    missing_at: Mapping[str, float] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    particles: Sequence[InspectionRequest] = ()
    hashes: npt.NDArray[np.uint64] | None = None
    events: Integers | None = None
    notes: Sequence[Finding] = ()
    yields: Sequence[SampleYield] = ()

    def __len__(self) -> int:
        return self.dataset.rows if self.kept is None else len(self.kept)

    def resolutions(self) -> dict[str, Resolution]:
        """Return how well float32 resolves inputs and targets that may need more, on a sample of the rows."""
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


def usable_weights(request: InspectionRequest) -> tuple[npt.NDArray[np.float64], int]:
    """Return the weights of the inspected rows.

    Args:
        request: what to inspect.

    Returns:
        Weights, shape (rows,), dimensionless, with 0 for weights that are not finite, and how many those are.
    """
    if request.weight is None:
        return np.ones(len(request)), 0
    weights = np.asarray(request.dataset.column(request.weight), dtype=np.float64)
    weights = weights if request.kept is None else weights[request.kept]
    finite = np.isfinite(weights)
    return np.where(finite, weights, 0.0), int(np.count_nonzero(~finite))
