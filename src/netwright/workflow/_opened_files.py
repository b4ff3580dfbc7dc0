"""Files without an experiment: which table of them is read, and whether they are samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from netwright.config import CsvSection, DataSection
from netwright.data import Dataset, SampleYield, read, read_samples
from netwright.errors import DataError
from netwright.file_names import is_url
from netwright.inspection import EVENT_TREES, has_events, knows_classes
from netwright.progress import Progress
from netwright.readers import find_files, reader_for, without_header
from netwright.workflow._init_samples import NamedSamples, samples_of_classes, samples_of_files

__all__ = ["OpenedFiles", "open_files"]


@dataclass(frozen=True)
class OpenedFiles:
    """The rows of files, and how they were read.

    Attributes:
        dataset: the rows.
        key: the table that was read; None for the only one.
        csv: the format of text tables, with names where they have no header.
        samples: the samples that the rows are of; None where the files have a column of the class, or there is one.
        yields: what each sample gives.
    """

    dataset: Dataset
    key: str | None
    csv: CsvSection
    samples: NamedSamples | None = None
    yields: Sequence[SampleYield] = ()


def open_files(
    named: Sequence[str],
    target: str | None,
    classes: Mapping[str, Sequence[str]] | None = None,
    *,
    key: str | None,
    csv: CsvSection,
    progress: Progress,
) -> OpenedFiles:
    """Read files: several without a target or known classes are samples; columns without names are numbered.

    Args:
        named: paths, patterns, folders or URLs.
        target: the column to predict; None if none is named.
        classes: files by class, instead of files and target.
        key: the table to read; None for the only one, or that of a known layout.
        csv: the format of text tables.
        progress: callback for progress updates.

    Returns:
        The rows.

    Raises:
        DataError: a file cannot be read, or has several tables of which none is of a known layout.
        ExperimentError: the files cannot be samples.
    """
    try:
        return _opened(named, target, classes, key, csv, progress)
    except DataError:
        settings = _without_header(named, classes, csv)
        if settings is None:
            raise
        return _opened(named, target, classes, key, settings, progress)


def _opened(
    named: Sequence[str],
    target: str | None,
    classes: Mapping[str, Sequence[str]] | None,
    key: str | None,
    csv: CsvSection,
    progress: Progress,
) -> OpenedFiles:
    """Read the files: as samples where these are the classes."""
    if classes is None and (target is not None or len(named) == 1):
        dataset, key = _with_key(lambda tree: read(named, key=tree, csv=csv, progress=progress), key)
        return OpenedFiles(dataset, key, csv)
    if classes is None:
        first, key = _with_key(lambda tree: read(named[:1], key=tree, csv=csv, progress=progress), key)
        if knows_classes(first.names):
            return OpenedFiles(read(named, key=key, csv=csv, progress=progress), key, csv)
    samples = samples_of_files(named) if classes is None else samples_of_classes(classes)
    sections = {"samples": samples.sections, "csv": csv.model_dump()}
    yields: list[SampleYield] = []

    def rows(tree: str | None) -> Dataset:
        found, yields[:] = read_samples(DataSection.model_validate({**sections, "key": tree}), progress=progress)
        return found

    dataset, key = _with_key(rows, key)
    return OpenedFiles(dataset, key, csv, samples, yields)


def _without_header(
    named: Sequence[str], classes: Mapping[str, Sequence[str]] | None, csv: CsvSection
) -> CsvSection | None:
    """Return how to read text tables without a header; None for other files."""
    first = next(iter([*named, *(file for one in (classes or {}).values() for file in one)]))
    path = next((Path(one) for one in find_files(first) if not is_url(str(one))), None)
    return without_header(path, csv) if path is not None and reader_for(path).name == "csv" else None


def _with_key(opened: Callable[[str | None], Dataset], key: str | None) -> tuple[Dataset, str | None]:
    """Read files; where they hold several tables and none is named, that of a known layout."""
    try:
        return opened(key), key
    except DataError as error:
        for tree in EVENT_TREES if key is None else ():
            with suppress(DataError):
                found = opened(tree)
                if has_events(tree, found.names):
                    return found, tree
        raise error from None
