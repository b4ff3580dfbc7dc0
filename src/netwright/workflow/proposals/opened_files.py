"""Files without an experiment: which table of them is read, and whether they are samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from netwright.config import CsvSection, DataSection, FriendSection
from netwright.data import Dataset, SampleYield, local_files, may_be_friend, read, read_samples
from netwright.errors import DataError, UnusableFilesError, first_few
from netwright.file_names import in_command, is_url
from netwright.finding import Finding
from netwright.inspection import (
    ElementRows,
    class_tables,
    elements_of_target,
    has_label,
    knows_classes,
    main_table,
    training_table,
)
from netwright.progress import Progress
from netwright.readers import TableListing, TextFormat, find_files, list_tables, reader_for, without_header
from netwright.workflow.proposals.samples import NamedSamples, samples_of_classes, samples_of_files, samples_of_tables
from netwright.workflow.proposals.split import parts_of_files, stem_of_part

__all__ = ["OpenedFiles", "open_files", "tables_of"]


@dataclass(frozen=True)
class OpenedFiles:
    """The rows of files, and how they were read.

    Attributes:
        dataset: the rows.
        key: the table that was read; None for the only one.
        csv: the format of text tables, with names where they have no header.
        samples: the samples that the rows are of; None where the files have a column of the class, or there is one.
        yields: what each sample gives.
        tables: of the first file, where it holds several.
        of_elements: the rows as elements of a collection; None where they are those of the files.
        friends: the files besides the first, where these hold further columns of its rows.
    """

    dataset: Dataset
    key: str | None
    csv: CsvSection
    samples: NamedSamples | None = None
    yields: Sequence[SampleYield] = ()
    tables: Sequence[TableListing] = ()
    of_elements: ElementRows | None = None
    friends: Sequence[FriendSection] = ()

    @property
    def elements(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the numbers of arrays in the table that was read, where the first file has such."""
        read = [table for table in self.tables if len(self.tables) == 1 or table.key == self.key]
        return read[0].elements if read else {}

    def findings(self) -> Iterator[Finding]:
        """Yield what was assumed about tables and samples."""
        if len(self.tables) > 1 and self.key is not None:
            listed = [f"{one.key} ({one.rows:,} rows)" for one in self.tables if one.key != self.key]
            evidence = f"{self.key} is read, of {len(self.tables)} tables in a file; others: {first_few(listed)}."
            remedy = "To read another: --key NAME."
            if training_table(self.tables) is not None:
                evidence += " They are parts of one data set: the network is trained on rows of this one alone."
                others = [one.key for one in self.tables if one.key not in {None, self.key}]
                other = next((key for key in others if "test" in str(key).lower()), others[0])
                remedy = f"To evaluate it on another: netwright evaluate RUN FILE --key {in_command(str(other))}"
            yield Finding("table", "NOTE", evidence, remedy=remedy, see="docs/reading.md")
        for friend in self.friends:
            evidence = (
                f"{friend.files[0]} has as many rows as the first file and other columns: it is read as a friend."
            )
            remedy = "Its rows must be the same in the same order, or be joined by columns: on: [run, event]."
            yield Finding("friend", "NOTE", evidence, remedy=remedy, see="docs/reading.md")
        yield from self.samples.findings() if self.samples is not None else ()
        yield from self.of_elements.findings() if self.of_elements is not None else ()


def tables_of(files: str, *, progress: Progress) -> list[TableListing]:
    """Return the tables of the first of some files that has rows in the table of the events.

    Args:
        files: a path, pattern, folder, list or URL.
        progress: callback for progress updates.

    Returns:
        Its tables; none where its format has one table a file.

    Raises:
        DataError: there is no such file.
    """
    first: list[TableListing] = []
    for file in find_files(files):
        tables = _tables_of_file(file, progress)
        if tables is not None and _has_events(tables):
            return tables
        first = first or tables or []
    return first


def _tables_of_file(file: str | Path, progress: Progress) -> list[TableListing] | None:
    """Return the tables of a file: none where its format has one table a file, None where it cannot be read."""
    try:
        (path,) = local_files([file], progress=progress)
        return list_tables(path, progress=progress) if reader_for(path).several else []
    except DataError:  # is said with all other such files where they are read
        return None


def _has_events(tables: Sequence[TableListing]) -> bool:
    """Return whether the table of the events, where it is known, has rows."""
    main = training_table(tables) or main_table(tables) if tables else None
    return main is None or main.rows > 0


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
        The rows: those of the files, or the elements of the collection that the target belongs to, such as jets.

    Raises:
        DataError: a file cannot be read, or has several tables of which none is of a known layout.
        ExperimentError: the files cannot be samples.
    """
    try:
        opened = _opened(named, target, classes, key, csv, progress)
    except DataError as error:
        settings = _without_header(named, classes, csv)
        with_friends = None
        if settings is None and classes is None and isinstance(error, UnusableFilesError):
            with_friends = _with_friends(named, target, key, csv, progress)
        if settings is None and with_friends is None:
            raise
        opened = with_friends or _opened(named, target, classes, key, settings or csv, progress)
    rows = elements_of_target(opened.dataset, target) if target is not None else None
    return opened if rows is None else replace(opened, dataset=rows.dataset, of_elements=rows)


def _opened(
    named: Sequence[str],
    target: str | None,
    classes: Mapping[str, Sequence[str]] | None,
    key: str | None,
    csv: CsvSection,
    progress: Progress,
) -> OpenedFiles:
    """Read the files: as samples where these are the classes."""
    samples = None if classes is None else samples_of_classes(classes)
    tables = tables_of(_first_named(named, classes), progress=progress)
    main = training_table(tables) or main_table(tables) if key is None and len(tables) > 1 else None
    key = main.key if main is not None else key
    tables_of_classes = class_tables(tables) if key is None and target is None and len(named) == 1 else []
    if classes is None and not tables_of_classes and (target is not None or len(named) == 1):
        return OpenedFiles(read(named, key=key, csv=csv, progress=progress), key, csv, tables=tables)
    if (
        classes is None
        and not tables_of_classes
        and (_is_one_data_set(named) or _are_labelled(named, key, csv, progress))
    ):
        return OpenedFiles(read(named, key=key, csv=csv, progress=progress), key, csv, tables=tables)
    if tables_of_classes:
        samples = samples_of_tables(named[0], [str(table.key) for table in tables_of_classes])
    elif samples is None:
        samples = samples_of_files(named)
    sections = {"samples": samples.sections, "csv": csv.model_dump(), "key": key}
    dataset, yields = read_samples(DataSection.model_validate(sections), progress=progress)
    return OpenedFiles(dataset, key, csv, samples, yields, tables)


def _with_friends(
    named: Sequence[str], target: str | None, key: str | None, csv: CsvSection, progress: Progress
) -> OpenedFiles | None:
    """Read the files besides the first as its friends; None if they have other rows or mostly the same columns."""
    try:
        opened = _opened(named[:1], target, None, key, csv, progress)
        others = [read(file, csv=csv, progress=progress) for file in named[1:]]
        if opened.samples is not None or not others:
            return None
        if not all(may_be_friend(opened.dataset.table, other.table) for other in others):
            return None
        friends = [FriendSection(files=[file]) for file in named[1:]]
        dataset = read(named[0], key=opened.key, csv=csv, friends=friends, progress=progress)
    except DataError:  # such as another value in a column of both
        return None
    return replace(opened, dataset=dataset, friends=friends)


def _is_one_data_set(files: Sequence[str]) -> bool:
    """Return whether files are parts of one data set, without a class in their names: train.h5, test.h5."""
    return bool(parts_of_files(files)) and len({stem_of_part(file) for file in files}) == 1


def _are_labelled(named: Sequence[str], key: str | None, csv: CsvSection, progress: Progress) -> bool:
    """Return whether files say of each row which class it has, so that they are one data set; the first tells it."""
    for file in named:
        try:
            first = read(file, key=key, csv=csv, progress=progress)
        except UnusableFilesError:  # is said with all other such files where they are read
            continue
        return knows_classes(first.names) or has_label(first)
    return True


def _first_named(named: Sequence[str], classes: Mapping[str, Sequence[str]] | None) -> str:
    return next(iter([*named, *(file for files in (classes or {}).values() for file in files)]))


def _without_header(
    named: Sequence[str], classes: Mapping[str, Sequence[str]] | None, csv: CsvSection
) -> CsvSection | None:
    """Return how to read text tables without a header; None for other files."""
    path = next((Path(file) for file in find_files(_first_named(named, classes)) if not is_url(str(file))), None)
    if path is None or reader_for(path).name != "csv":
        return None
    found = without_header(path, TextFormat(**csv.model_dump()))
    return None if found is None else csv.model_copy(update={"names": found.names, "counts": found.counts})
