"""The rows of systematic variations of samples, read, divided like the nominal ones, and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netwright.config import Experiment
from netwright.data import Rows, prepare, read_samples
from netwright.errors import DataError
from netwright.evaluation import PartScores, evaluate_by_part
from netwright.lab import Run
from netwright.progress import Progress
from netwright.workflow._data import divide_rows
from netwright.workflow._varied import VariedRows

__all__ = ["ScoredVariation", "varied_parts"]


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


def varied_parts(
    run: Run, experiment: Experiment, progress: Progress
) -> dict[str, tuple[ScoredVariation | None, ScoredVariation]]:
    """Read and score the variations NAME_down and NAME_up of the samples.

    The part of a varied row is that of its identity, so that it is scored by members that never saw the event.

    Args:
        run: contains the network.
        experiment: with the current location of the files.
        progress: callback for progress updates.

    Returns:
        By systematic NAME, the rows at -1σ and +1σ; None where there is only NAME_up, and -1σ is the sample as it is.

    Raises:
        DataError: rows have no identity columns by which events of variations are recognised, or cannot be read.
    """
    data = experiment.data
    if not data.samples:
        return {}
    others = [one for one in data.every_variation if one.files or one.key]
    if others and data.variation_pairs and not data.identity:
        msg = (
            "data.identity: variations with another key or other files need the columns that name an event (run, "
            "event ...), so that an event is never scored by a network that was trained on it. Name them, and train "
            "again."
        )
        raise DataError(msg)

    def scored(name: str) -> ScoredVariation:
        dataset, _ = read_samples(data, variation=name, progress=progress)
        rows = prepare(dataset, experiment, run.forms)
        division = divide_rows(dataset, rows, experiment)
        members = experiment.ensemble.members
        return ScoredVariation(rows, evaluate_by_part(run.model, rows, division, members, progress=progress))

    return {name: (scored(low) if low else None, scored(up)) for name, (low, up) in data.variation_pairs.items()}
