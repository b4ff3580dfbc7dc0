"""What an experiment reads: columns, rows, and what each row is to each fold."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.config import Experiment, FilesSplit, columns_of
from netwright.data import Dataset, Division, Forms, Rows, attached, divide, parts_by_file, prepare
from netwright.evaluation import open_data
from netwright.finding import Finding
from netwright.lab import fingerprint
from netwright.progress import Progress, silent

__all__ = ["ExperimentData", "divide_rows", "load_data", "load_rows", "split_summary", "with_properties"]


@dataclass(frozen=True)
class ExperimentData:
    """What an experiment reads.

    Attributes:
        dataset: the columns, derived ones too, of the selected rows.
        rows: the rows for a network, made of them.
        division: what each row is to each fold.
    """

    dataset: Dataset
    rows: Rows
    division: Division


def load_rows(
    experiment: Experiment, *, forms: Forms | None = None, progress: Progress = silent
) -> tuple[Dataset, Rows]:
    """Read the files of an experiment, with derived columns and selection, as rows for a network.

    Args:
        experiment: names what to read.
        forms: how a network has its numbers; if not given, what the values ask for.
        progress: callback for progress updates.

    Returns:
        The columns, and the rows made of them.

    Raises:
        DataError: a file, a column or a row cannot be used.
    """
    dataset = open_data(experiment, progress=progress).derive(experiment.data.derived)
    if experiment.data.selection is not None:
        dataset = dataset.select(experiment.data.selection)
    return dataset, prepare(dataset, experiment, forms)


def with_properties(experiment: Experiment, *, progress: Progress = silent) -> tuple[Experiment, list[Finding]]:
    """Give numbers of particles that stand in a group of their own to the particles; only the data can tell.

    Args:
        experiment: names what to read.
        progress: callback for progress updates.

    Returns:
        The experiment, the same where there are none, and findings on what was done.

    Raises:
        DataError: a file cannot be read.
    """
    kinds = {group.kind for group in experiment.inputs.values()}
    if experiment.data.generate is not None or not {"numeric", "four-vectors"} <= kinds:
        return experiment, []
    inputs = attached(open_data(experiment, progress=progress), experiment.inputs)
    findings = [
        Finding(
            "properties of particles",
            "NOTE",
            f"inputs.{name}: there is a number for each particle in {', '.join(columns_of(group))}; these are used as "
            "properties of the four-vectors.",
            (f"inputs.{name}",),
            see="docs/experiment.md",
        )
        for name, group in experiment.inputs.items()
        if name not in inputs
    ]
    return (experiment.model_copy(update={"inputs": inputs}) if findings else experiment), findings


def divide_rows(dataset: Dataset, rows: Rows, experiment: Experiment) -> Division:
    """Divide rows as an experiment asks.

    Args:
        dataset: knows the files of the rows.
        rows: all rows.
        experiment: has the kind of division.

    Returns:
        The division.

    Raises:
        DataError: a part would hold no rows, or a file is in two parts or none.
    """
    by_file = parts_by_file(dataset, experiment.split) if isinstance(experiment.split, FilesSplit) else None
    return divide(rows.identity, experiment.split, by_file)


def load_data(experiment: Experiment, progress: Progress, forms: Forms | None = None) -> ExperimentData:
    """Read and divide the rows of an experiment.

    Args:
        experiment: names what to read and how to divide it.
        progress: callback for progress updates.
        forms: how a network has its numbers; if not given, what the values ask for.

    Returns:
        Columns, rows and division.

    Raises:
        DataError: a file, a column or a row cannot be used, or a part would hold no rows.
    """
    dataset, rows = load_rows(experiment, forms=forms, progress=progress)
    return ExperimentData(dataset, rows, divide_rows(dataset, rows, experiment))


def split_summary(experiment: Experiment, data: ExperimentData) -> dict[str, object]:
    """Describe how rows were divided, so that they can be divided again, and which rows they were.

    Args:
        experiment: has the kind of division.
        data: what it read.

    Returns:
        The content of ``split.json``.
    """
    splits = [data.division.split(fold) for fold in range(data.division.folds)]
    return {
        **experiment.split.model_dump(),
        "identity": experiment.data.identity or "content of the inputs",
        "rows": [{name: len(numbers) for name, numbers in split.parts().items()} for split in splits],
        "data": fingerprint(experiment, data.dataset, data.rows),
        "words": data.rows.words,
    }
