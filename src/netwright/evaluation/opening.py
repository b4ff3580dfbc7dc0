"""Opening the rows of an experiment: of files, samples, variations of samples, or a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from netwright.config import EVENT_WEIGHT, NOMINAL, SAMPLE, DataSection, Experiment, SampleSection, columns_of
from netwright.data import (
    Dataset,
    SampleYield,
    open_sample,
    read,
    read_events,
    read_samples,
    read_streamed,
    rows_of_collection,
    with_sample_name,
    with_varied_columns,
)
from netwright.evaluation.friends import friends_of_files
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.simulation import generated

__all__ = ["after_opening", "open_data", "open_files_to_score", "open_rows", "open_samples", "open_to_score"]


def open_data(
    experiment: Experiment,
    files: Files | None = None,
    *,
    columns: Sequence[str] = (),
    may_be_empty: bool = False,
    progress: Progress = silent,
) -> Dataset:
    """Read files as described by an experiment.

    Args:
        experiment: names the files, samples or the generator, if no files are given, and the table in them.
        files: other files of the same layout, one or several; where there are samples, see `open_files_to_score`.
        columns: that are needed besides those that the experiment names.
        may_be_empty: whether there may be no rows at all.
        progress: callback for progress updates.

    Returns:
        The rows, before derived columns are added and the selection is applied; those of samples after both, see
        `after_opening`.

    Raises:
        DataError: a file cannot be read, or it is not known which rows of a friend are those of the files.
    """
    section = experiment.data
    if section.generate is not None and files is None:
        return generated(section.generate)
    if section.samples:
        return open_samples(experiment, progress=progress)[0]
    named = section.files if files is None else files
    mentioned = _mentioned(experiment)
    if mentioned is not None:
        return read_streamed(
            named,
            mentioned,
            key=section.key,
            csv=section.csv,
            may_be_empty=may_be_empty,
            progress=progress,
        )
    friends = section.friends if files is None else friends_of_files(section.friends, section.files, files)
    dataset = read(
        named, key=section.key, csv=section.csv, friends=friends, may_be_empty=may_be_empty, progress=progress
    )
    of_events = _as_rows(experiment, columns, may_be_empty=may_be_empty)
    return dataset if of_events is None else of_events(dataset)


def open_samples(
    experiment: Experiment,
    names: Sequence[str] | None = None,
    variation: str = NOMINAL,
    *,
    progress: Progress = silent,
) -> tuple[Dataset, list[SampleYield]]:
    """Read samples of an experiment, or their variations.

    Args:
        experiment: an experiment with samples.
        names: of the samples; all simulated ones if not given.
        variation: a systematic variation; a sample that does not have it stays as it is.
        progress: callback for progress updates.

    Returns:
        The selected rows with derived columns, ``sample`` and ``event_weight``; and the numbers of each sample.

    Raises:
        DataError: a file, a column or an expression cannot be used.
    """
    return read_samples(
        experiment.data,
        names,
        variation,
        as_rows=_as_rows(experiment),
        mentioned=_mentioned(experiment),
        progress=progress,
    )


def _as_rows(
    experiment: Experiment, columns: Sequence[str] = (), *, may_be_empty: bool = False
) -> Callable[[Dataset], Dataset] | None:
    """Return the function from rows of events to those of an experiment; None where rows are those of files."""
    section = experiment.data
    if section.rows is None:
        return None
    texts = [*columns, *_texts(experiment.model_dump(exclude={"data": {"files"}}))]
    content = None if section.identity else [name for group in experiment.inputs.values() for name in columns_of(group)]
    return partial(
        rows_of_collection, collection=section.rows, mentioned=texts, content=content, may_be_empty=may_be_empty
    )


def after_opening(experiment: Experiment) -> Experiment:
    """Return the experiment for rows that `open_data` has read: those of samples are derived and selected already.

    Args:
        experiment: the experiment.

    Returns:
        The same, without derived columns and selection if it has samples.
    """
    if not experiment.data.samples:
        return experiment
    opened = experiment.data.model_copy(update={"derived": {}, "selection": None})
    return experiment.model_copy(update={"data": opened})


def open_rows(experiment: Experiment, *, progress: Progress = silent) -> tuple[Dataset, list[SampleYield]]:
    """Read the rows that an experiment trains on.

    Args:
        experiment: names the files, samples or the generator.
        progress: callback for progress updates.

    Returns:
        The selected rows with derived columns; and the numbers of each sample, if there are samples.

    Raises:
        DataError: a file, a column or an expression cannot be used.
    """
    section = experiment.data
    if section.samples:
        return open_samples(experiment, progress=progress)
    dataset = open_data(experiment, progress=progress).derive(section.derived)
    return (dataset if section.selection is None else dataset.select(section.selection)), []


def open_to_score(
    experiment: Experiment,
    name: str,
    variation: str = NOMINAL,
    *,
    columns: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[Dataset, Experiment]:
    """Read all rows of a sample, or of one of its variations, to score them.

    Args:
        experiment: an experiment with samples.
        name: of the sample; it may be recorded.
        variation: its systematic variation.
        columns: that are needed besides those that the experiment names.
        progress: callback for progress updates.

    Returns:
        The rows in the order of the files, with derived columns, ``sample`` and ``event_weight``; and the experiment to
        score them with, whose selection is that of the sample.

    Raises:
        DataError: a file, a column or an expression cannot be used.
    """
    section = experiment.data
    rows = open_sample(
        section,
        name,
        variation,
        selected=False,
        as_rows=_as_rows(experiment, columns),
        mentioned=_mentioned(experiment),
        progress=progress,
    )
    update: dict[str, object] = {"derived": {}, "selection": section.sample(name, variation).selection}
    return rows.dataset, experiment.model_copy(update={"data": section.model_copy(update=update)})


def open_files_to_score(
    experiment: Experiment,
    files: Files,
    name: str = "",
    variation: str = NOMINAL,
    *,
    key: str | None = None,
    columns: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[Dataset, Experiment]:
    """Read all rows of files, to score them as those of a sample or of one of its variations.

    Args:
        experiment: the experiment.
        files: one or several.
        name: of the sample that they are of; empty if they are of none, or if there are no samples.
        variation: its systematic variation.
        key: the table in the files; that of the experiment if not given.
        columns: that are needed besides those that the experiment names.
        progress: callback for progress updates.

    Returns:
        The rows in the order of the files, which may have none, before derived columns, where there are samples with
        the column ``sample``; and the experiment to score them with, whose derived columns and selection are those of
        the sample.

    Raises:
        DataError: a file cannot be read, or it is not known which rows of a friend are those of the files.
    """
    section = experiment.data
    if not section.samples:
        if key is not None:
            experiment = experiment.model_copy(update={"data": section.model_copy(update={"key": key})})
        return open_data(experiment, files, columns=columns, may_be_empty=True, progress=progress), experiment
    like = section.sample(name or section.simulated[0], variation)
    friends = friends_of_files(like.friends, like.files, files)
    own = like.model_copy(update={"key": key or like.key, "friends": friends})
    data = read_events(own, files, mentioned=_mentioned(experiment), may_be_empty=True, progress=progress)
    if name:
        data = with_varied_columns(data, section.varied_columns(name, variation), variation)
    of_events = _as_rows(experiment, columns, may_be_empty=True)
    data = data if of_events is None else of_events(data)
    update = {"derived": like.derived, "selection": like.selection} if name else {}
    return with_sample_name(data, name), experiment.model_copy(update={"data": section.model_copy(update=update)})


def _mentioned(experiment: Experiment) -> list[str] | None:
    """Return the texts that name columns which are not only inputs; None where files are converted to the cache."""
    section = experiment.data
    if section.cache:
        return None
    sections: list[DataSection | SampleSection] = [section, *section.samples.values()]
    replaced = [column for variation in section.every_variation for column in variation.columns]
    derived = [column for one in sections for column in one.derived]
    texts = _texts(
        experiment.model_dump(
            exclude={"inputs": True, "data": {"files": True, "samples": {"__all__": {"files": True}}}}
        )
    )
    return [*texts, *replaced, *derived, *([SAMPLE, EVENT_WEIGHT] if section.samples else [])]


def _texts(section: object) -> Iterator[str]:
    """Yield all texts of a section, at all depths."""
    if isinstance(section, str):
        yield section
    elif isinstance(section, Mapping):
        yield from (text for value in section.values() for text in _texts(value))
    elif isinstance(section, list | tuple):
        yield from (text for value in section for text in _texts(value))
