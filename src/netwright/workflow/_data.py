"""The data of an experiment: columns, rows, and the part of each row in each fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from netwright.config import Experiment, FilesSplit, columns_of
from netwright.data import Dataset, Division, Forms, Rows, SampleYield, attached, divide, parts_by_file, prepare
from netwright.evaluation import open_data, open_rows
from netwright.finding import Finding
from netwright.lab import fingerprint
from netwright.progress import Progress, silent

__all__ = ["ExperimentData", "divide_rows", "load_data", "load_rows", "load_yields", "split_summary", "with_properties"]


@dataclass(frozen=True)
class ExperimentData:
    """The data of an experiment.

    Attributes:
        dataset: the columns of the selected rows, including derived columns.
        rows: the rows for a network, made from these columns.
        division: whether each row is a train, valid or test row in each fold.
        yields: the numbers of each sample; empty if there are none.
    """

    dataset: Dataset
    rows: Rows
    division: Division
    yields: Sequence[SampleYield] = ()


def load_rows(
    experiment: Experiment, *, forms: Forms | None = None, progress: Progress = silent
) -> tuple[Dataset, Rows]:
    """Read the files of an experiment, with derived columns and selection, as rows for a network.

    Args:
        experiment: describes what to read.
        forms: the forms in which a network takes its numbers; if not given, they are chosen from the values.
        progress: callback for progress updates.

    Returns:
        The columns, and the rows made from them.

    Raises:
        DataError: a file, a column or a row cannot be used.

    Example:
        >>> import netwright as nw
        >>> dataset, rows = nw.load_rows(nw.load_experiment("experiment.yaml"))  # doctest: +SKIP
        >>> rows.inputs["constituents"].shape, rows.weights.shape  # doctest: +SKIP
        ((20000, 100, 4), (20000,))
    """
    dataset, rows, _ = load_yields(experiment, forms=forms, progress=progress)
    return dataset, rows


def load_yields(
    experiment: Experiment, *, forms: Forms | None = None, progress: Progress = silent
) -> tuple[Dataset, Rows, list[SampleYield]]:
    """Read the rows of an experiment like `load_rows`, and count what each sample gives.

    Args:
        experiment: describes what to read.
        forms: the forms in which a network takes its numbers; if not given, they are chosen from the values.
        progress: callback for progress updates.

    Returns:
        The columns, the rows made from them, and the numbers of each sample, if there are samples.

    Raises:
        DataError: a file, a column or a row cannot be used.
    """
    dataset, yields = open_rows(experiment, progress=progress)
    return dataset, prepare(dataset, experiment, forms), yields


def with_properties(experiment: Experiment, *, progress: Progress = silent) -> tuple[Experiment, list[Finding]]:
    """Attach numeric inputs with one number per particle to the four-vectors; only the data shows which these are.

    Args:
        experiment: describes what to read.
        progress: callback for progress updates.

    Returns:
        The experiment, unchanged if there are no such inputs, and findings on what was changed.

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
    """Divide rows as an experiment specifies.

    Args:
        dataset: the dataset, with the files that the rows come from.
        rows: all rows.
        experiment: specifies how rows are divided.

    Returns:
        The division.

    Raises:
        DataError: a part would have no rows, or a file is in two parts or in none.

    Example:
        >>> import netwright as nw
        >>> split = nw.divide_rows(dataset, rows, experiment).split(0)  # doctest: +SKIP
        >>> split.train.shape, split.valid.shape, split.test.shape  # doctest: +SKIP
        ((13968,), (3024,), (3008,))
    """
    by_file = parts_by_file(dataset, experiment.split) if isinstance(experiment.split, FilesSplit) else None
    return divide(rows.identity, experiment.split, by_file)


def load_data(experiment: Experiment, progress: Progress, forms: Forms | None = None) -> ExperimentData:
    """Read and divide the rows of an experiment.

    Args:
        experiment: describes what to read and how to divide it.
        progress: callback for progress updates.
        forms: the forms in which a network takes its numbers; if not given, they are chosen from the values.

    Returns:
        Columns, rows and division.

    Raises:
        DataError: a file, a column or a row cannot be used, or a part would have no rows.
    """
    dataset, rows, yields = load_yields(experiment, forms=forms, progress=progress)
    return ExperimentData(dataset, rows, divide_rows(dataset, rows, experiment), yields)


def split_summary(experiment: Experiment, data: ExperimentData, progress: Progress) -> dict[str, object]:
    """Describe how rows were divided and which rows they were, so that the division can be repeated.

    Args:
        experiment: specifies how rows are divided.
        data: the data that it read.
        progress: callback for progress updates, as the content of all files is hashed.

    Returns:
        The content of ``split.json``.
    """
    splits = [data.division.split(fold) for fold in range(data.division.folds)]
    return {
        **experiment.split.model_dump(),
        "identity": experiment.data.identity_columns or "content of the inputs",
        "rows": [{name: len(numbers) for name, numbers in split.parts().items()} for split in splits],
        "data": fingerprint(experiment, data.dataset, data.rows, progress),
        "words": data.rows.words,
        **({"samples": [asdict(sample) for sample in data.yields]} if data.yields else {}),
    }
