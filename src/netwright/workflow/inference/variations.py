"""The rows of systematic variations of samples, read, divided like the nominal ones, and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.config import Experiment
from netwright.data import Division, Forms, Rows, prepare
from netwright.errors import DataError
from netwright.evaluation import PartScores, evaluate_by_part, open_samples
from netwright.progress import Progress
from netwright.workflow._data import divide_rows
from netwright.workflow.inference.varied_shapes import VariedRows

if TYPE_CHECKING:
    import keras

__all__ = ["ScoredVariation", "Sides", "Variation", "read_variations", "score_variations", "varied_part"]


@dataclass(frozen=True)
class ScoredVariation:
    """The rows of a variation with their scores, by part.

    Attributes:
        rows: all rows.
        parts: by part of the split, its scores.
    """

    rows: Rows
    parts: Mapping[str, PartScores]

    def of_part(self, name: str) -> VariedRows:
        """Return the rows of a part.

        Args:
            name: train, valid or test.

        Returns:
            The rows.
        """
        return VariedRows(self.rows, self.parts[name])


@dataclass(frozen=True)
class Variation:
    """The rows of a variation, and the part of each.

    Attributes:
        rows: all rows.
        division: whether each row is a train, valid or test row in each fold.
    """

    rows: Rows
    division: Division

    def scored(self, model: keras.Model, members: int, progress: Progress) -> ScoredVariation:
        """Score the rows.

        Args:
            model: the network.
            members: number of members of an ensemble.
            progress: callback for progress updates.

        Returns:
            The rows with their scores.
        """
        return ScoredVariation(self.rows, evaluate_by_part(model, self.rows, self.division, members, progress=progress))


Sides = Mapping[str, tuple[Variation | None, Variation]]
"""By systematic NAME, the rows at -1σ and +1σ; None where there is only NAME_up, and -1σ is the sample as it is."""


def read_variations(experiment: Experiment, forms: Forms, progress: Progress) -> Sides:
    """Read the variations NAME_down and NAME_up of the samples.

    The part of a varied row is that of its identity, so that it is scored by members that never saw the event.

    Args:
        experiment: with the current location of the files.
        forms: the forms in which the network takes its numbers.
        progress: callback for progress updates.

    Returns:
        By systematic, the rows at -1σ and +1σ; none without samples.

    Raises:
        DataError: rows have no identity columns by which events of variations are recognised, or cannot be read.
    """
    data = experiment.data
    if not data.samples:
        return {}
    elsewhere = [section for section in data.every_variation if section.files or section.key or section.columns]
    if elsewhere and data.variation_pairs and not data.identity:
        msg = (
            "data.identity: variations with another key, other files or columns need the columns that name an event "
            "(run, event ...), so that an event is never scored by a network that was trained on it. Name them, and "
            "train again."
        )
        raise DataError(msg)

    def read_one(name: str) -> Variation:
        dataset, _ = open_samples(experiment, variation=name, progress=progress)
        rows = prepare(dataset, experiment, forms)
        return Variation(rows, divide_rows(dataset, rows, experiment))

    return {name: (read_one(low) if low else None, read_one(up)) for name, (low, up) in data.variation_pairs.items()}


def score_variations(
    variations: Sides, model: keras.Model, members: int, progress: Progress
) -> dict[str, tuple[ScoredVariation | None, ScoredVariation]]:
    """Score the rows of variations.

    Args:
        variations: from `read_variations`.
        model: the network.
        members: number of members of an ensemble.
        progress: callback for progress updates.

    Returns:
        By systematic, the rows at -1σ and +1σ with their scores.
    """
    return {
        name: (None if low is None else low.scored(model, members, progress), up.scored(model, members, progress))
        for name, (low, up) in variations.items()
    }


def varied_part(
    varied: Mapping[str, tuple[ScoredVariation | None, ScoredVariation]], part: str
) -> dict[str, tuple[VariedRows | None, VariedRows]]:
    """Return the rows of variations that belong to one part of the split.

    Args:
        varied: from `score_variations`.
        part: train, valid or test.

    Returns:
        By systematic, the rows of the part at -1σ and +1σ.
    """
    return {name: (None if low is None else low.of_part(part), up.of_part(part)) for name, (low, up) in varied.items()}
