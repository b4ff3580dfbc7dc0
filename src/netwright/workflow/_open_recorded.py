"""The rows of recorded samples, as a network takes them."""

from __future__ import annotations

from netwright.config import Experiment, NumericInput
from netwright.data import Dataset, SampleYield, named_sample
from netwright.evaluation import open_samples
from netwright.progress import Progress

__all__ = ["open_recorded"]


def open_recorded(experiment: Experiment, progress: Progress) -> tuple[Dataset | None, list[SampleYield]]:
    """Read the selected rows of all recorded samples.

    Args:
        experiment: names the samples and the inputs of the network.
        progress: callback for progress updates.

    Returns:
        The rows, None if no sample is recorded; and the numbers of each of these samples.

    Raises:
        DataError: a recorded sample cannot be read, or lacks a numeric input.
    """
    names = experiment.data.recorded
    if not names:
        return None, []
    recorded, yields = open_samples(experiment, names, progress=progress)
    with named_sample(names[0]):
        for group in experiment.inputs.values():
            if isinstance(group, NumericInput):
                for column in group.columns:
                    recorded.type_of(column)  # refuses what is not there
    return recorded, yields
