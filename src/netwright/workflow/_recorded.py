"""Recorded collisions of a run: scored, and compared with the sum of the simulated samples."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from netwright.config import SAMPLE, Experiment, NumericInput
from netwright.data import Dataset, without_markers
from netwright.evaluation import after_opening, score_names, score_table
from netwright.lab import Run
from netwright.metrics import weight_sum
from netwright.plots import data_over_simulation, save
from netwright.progress import Progress
from netwright.workflow._data import ExperimentData
from netwright.workflow._open_recorded import open_recorded

__all__ = ["draw_recorded"]

Floats = npt.NDArray[np.float64]


def draw_recorded(run: Run, experiment: Experiment, data: ExperimentData, progress: Progress) -> None:
    """Draw inputs and scores of recorded collisions over those of simulated samples, into the run's figures.

    Scores of simulated rows are those of test rows, scaled to all rows of their sample.

    Args:
        run: contains the network and its predictions.
        experiment: with the current location of the files.
        data: the simulated rows.
        progress: callback for progress updates.

    Raises:
        DataError: a recorded sample cannot be read, or a row of it cannot be scored.
    """
    section = experiment.data
    recorded, _ = open_recorded(experiment, progress)
    if recorded is None:
        return
    names = np.asarray(data.dataset.arrow(SAMPLE).to_numpy(zero_copy_only=False))
    draw = partial(data_over_simulation, scaled=not section.has_yields, remark=section.luminosity or "")
    for column, group in _numbers(experiment, recorded).items():
        values, found = (
            without_markers(np.asarray(dataset.column(column), np.float64), group.missing)
            for dataset in (data.dataset, recorded)
        )
        stack = {sample: (values[names == sample], data.rows.weights[names == sample]) for sample in section.simulated}
        figure = draw(found, stack, name=column, unit=group.unit or "")
        save(figure, run.figures, f"recorded-{column}")
    scores = score_table(run.model, after_opening(experiment), recorded, run.known, progress=progress)
    for head, target in experiment.targets.items():
        for score in score_names(head, target):
            stack = _test_scores(run, score, names, data.rows.weights, section.simulated)
            values = scores[score].to_numpy()
            figure = draw(values, stack, name=score, unit=target.value_unit)
            save(figure, run.figures, f"recorded-{score}")


def _numbers(experiment: Experiment, recorded: Dataset) -> dict[str, NumericInput]:
    """Return the columns of numeric inputs with one number a row, with their groups."""
    groups = [group for group in experiment.inputs.values() if isinstance(group, NumericInput)]
    columns = {column: group for group in groups for column in group.columns}
    return {column: group for column, group in columns.items() if recorded.column(column).ndim == 1}


def _test_scores(
    run: Run, score: str, names: npt.NDArray[np.object_], weights: Floats, samples: list[str]
) -> dict[str, tuple[Floats, Floats]]:
    """Return scores and weights of test rows by sample; the weights add up to those of all rows."""
    table = run.predictions(["split", SAMPLE, "weight", score])
    test = np.asarray(table["split"].to_numpy(zero_copy_only=False)) == "test"
    sample_of_rows = np.asarray(table[SAMPLE].to_numpy(zero_copy_only=False))
    by_sample = {}
    for sample in samples:
        in_sample = test & (sample_of_rows == sample)
        sample_weights = np.asarray(table["weight"].to_numpy(), np.float64)[in_sample]
        total = weight_sum(sample_weights)
        factor = weights[names == sample].sum() / total if total > 0 else 0.0
        by_sample[sample] = np.asarray(table[score].to_numpy(), np.float64)[in_sample], sample_weights * factor
    return by_sample
