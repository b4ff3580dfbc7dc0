"""Init: read files and write a commented experiment file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from netwright.atomic_files import write_text
from netwright.config import CsvSection, commented_experiment, parse_experiment
from netwright.data import Dataset, read
from netwright.errors import DataError, EmptyPartError, ExperimentError, NetwrightError
from netwright.file_names import from_folder, with_path
from netwright.finding import Finding, worst_first
from netwright.inspection import EVENT_TREES, guess_experiment
from netwright.progress import Progress, silent
from netwright.workflow._check import check
from netwright.workflow._findings import file_findings

__all__ = ["Proposal", "init"]

_SAMPLE = 20  # rows: too few to train on, but enough to see how a file is read
_SHOWN = 20  # number of columns that a message lists


@dataclass(frozen=True)
class Proposal:
    """An experiment file that was guessed from the data.

    Attributes:
        path: the file.
        rows: number of rows in the data.
        columns: number of columns in the data.
        findings: how the files were read, what was assumed and what is left to decide, the most severe first.
    """

    path: Path
    rows: int
    columns: int
    findings: tuple[Finding, ...]


def init(
    files: str | Path | Sequence[str | Path],
    target: str | None = None,
    *,
    output: str | Path = "experiment.yaml",
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    progress: Progress = silent,
) -> Proposal:
    """Read the data and write a commented experiment file.

    Args:
        files: paths, patterns or folders.
        target: the column that the network is to predict, or a pattern such as ``label_*`` for flag columns with one
            class each; None where the layout of the files shows it.
        output: the experiment file to write.
        key: the table to read in files that hold several: a tree (ROOT), a group or dataset (HDF5); None for the
            only one, or that of the layout, such as Events of NanoAOD.
        csv: the format of text tables, as for `netwright.read`.
        progress: callback for progress updates.

    Returns:
        The file, and the assumptions made in it.

    Raises:
        ExperimentError: the output file already exists.
        DataError: a file cannot be read, the target is not a column or not known, or the guessed experiment does not
            pass `check`, for example because a class has only one row; if the data has only a few rows, this is a
            finding instead.

    Example:
        >>> import netwright as nw
        >>> nw.init("jets/*.npz", target="is_top").path  # doctest: +SKIP
        PosixPath('experiment.yaml')
    """
    named = [files] if isinstance(files, str | Path) else list(files)
    output = Path(output)
    if output.exists():
        msg = f"{output} exists and is not overwritten. Name another file with --output (output=), or remove it."
        raise ExperimentError(msg)
    dataset, key = _read(named, key, csv, progress)
    found = file_findings(dataset)
    name = Path(named[0]).stem.replace("*", "").strip("_-. ") or "experiment"
    folder = output.parent.resolve()
    shown = [with_path(str(file), lambda path: os.path.relpath(Path(path).resolve(), folder)) for file in named]
    try:
        content, guessed = guess_experiment(dataset, target, shown, name)
    except DataError as error:
        read_as = f"Read were {dataset.rows:,} rows of {', '.join(dataset.names[:_SHOWN])}"
        raise DataError("\n  ".join([str(error), read_as, *(one.sentence for one in found)])) from error
    found += guessed
    content["data"] |= {"key": key, "csv": csv}
    experiment = parse_experiment(content, folder=folder)
    try:
        here = experiment.data.model_copy(update={"files": [from_folder(str(file), Path.cwd()) for file in named]})
        check(experiment.model_copy(update={"data": here}), progress=progress)
    except EmptyPartError as error:
        if dataset.rows > _SAMPLE:
            raise _refused(output, error, found) from error
        found.append(
            Finding(
                "number of rows",
                "FAIL",
                f"{dataset.rows} rows are too few to train on: {error}",
                remedy="Name more files.",
            )
        )
    except (DataError, ExperimentError) as error:
        raise _refused(output, error, found) from error
    data = experiment.data.model_copy(update={"files": shown})
    found.sort(key=worst_first)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_text(
        output,
        commented_experiment(experiment.model_copy(update={"data": data}), remarks=[one.sentence for one in found]),
    )
    return Proposal(output, dataset.rows, len(dataset.names), tuple(found))


def _read(
    files: Sequence[str | Path],
    key: str | None,
    csv: CsvSection | Mapping[str, object] | None,
    progress: Progress,
) -> tuple[Dataset, str | None]:
    """Read files; where they hold several tables and none is named, that of a known layout."""
    try:
        return read(files, key=key, csv=csv, progress=progress), key
    except DataError as error:
        for tree in EVENT_TREES if key is None else ():
            with suppress(DataError):
                return read(files, key=tree, csv=csv, progress=progress), tree
        raise error from None


def _refused(output: Path, error: NetwrightError, findings: Sequence[Finding]) -> NetwrightError:
    msg = (
        f"{output} was not written, because the guessed experiment does not pass check:\n  {error}\n"
        "Correct the rows or columns, or write a file by hand: README.md shows one, docs/experiment.md every key."
    )
    kind = ExperimentError if isinstance(error, ExperimentError) else DataError
    return kind("\n  ".join([msg, *(one.sentence for one in findings)]))
