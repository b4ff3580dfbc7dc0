"""Init: read files and write a commented experiment file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.atomic_files import write_text
from netwright.config import (
    CsvSection,
    DataSection,
    Experiment,
    commented_experiment,
    parse_experiment,
    with_files,
    with_split_files,
)
from netwright.data import Dataset
from netwright.errors import DataError, EmptyPartError, ExperimentError, NetwrightError, first_few
from netwright.file_names import from_folder, with_path
from netwright.finding import Finding, worst_first
from netwright.inspection import GuessedHead, guess_experiment
from netwright.progress import Progress, silent
from netwright.readers import folders_of_files
from netwright.workflow._check_data import check_data
from netwright.workflow.findings.files import file_findings
from netwright.workflow.proposals.cross_sections import cross_section_findings, with_cross_sections
from netwright.workflow.proposals.opened_files import OpenedFiles, open_files
from netwright.workflow.proposals.search import proposed_search
from netwright.workflow.proposals.split import SHARE, parts_of_files, parts_remark
from netwright.workflow.proposals.variations import variation_findings, with_variations

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
    files: str | Path | Sequence[str | Path] = (),
    target: str | None = None,
    *,
    classes: Mapping[str, Sequence[str]] | None = None,
    output: str | Path = "experiment.yaml",
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    search: bool = False,
    progress: Progress = silent,
) -> Proposal:
    """Read the data and write a commented experiment file.

    Several files without a target are samples, one for each file or pattern, and their names are those of the classes.

    Args:
        files: paths, patterns, folders or URLs.
        target: the column that the network is to predict, or a pattern such as ``label_*`` for flag columns with one
            class each; None where the layout of the files shows it, or where the files are samples.
        classes: files by class, instead of files and target.
        output: the experiment file to write.
        key: the table to read in files that hold several: a tree (ROOT), a group or dataset (HDF5); None for the
            only one, or that of the layout, such as Events of NanoAOD.
        csv: the format of text tables, as for `netwright.read`.
        search: whether to propose a section search, and say which keys need none.
        progress: callback for progress updates.

    Returns:
        The file, and the assumptions made in it.

    Raises:
        ExperimentError: the output file already exists, or files and classes do not go together.
        DataError: a file cannot be read, the target is not a column or not known, or the guessed experiment does not
            pass `check`, for example because a class has only one row; if the data has only a few rows, this is a
            finding instead.

    Example:
        >>> import netwright as nw
        >>> nw.init("jets/*.npz", target="is_top").path  # doctest: +SKIP
        PosixPath('experiment.yaml')
    """
    named = [
        name for file in ([files] if isinstance(files, str | Path) else files) for name in folders_of_files(str(file))
    ]
    output = Path(output)
    if output.exists():
        msg = f"{output} exists and is not overwritten. Name another file with --output (output=), or remove it."
        raise ExperimentError(msg)
    if bool(named) == (classes is not None) or (classes is not None and target is not None):
        msg = "give either files (with a target, if they have a column of the class), or classes with files of each"
        raise ExperimentError(msg)
    csv = csv if isinstance(csv, CsvSection) else CsvSection.model_validate(csv or {})
    source = open_files(named, target, classes, key=key, csv=csv, progress=progress)
    named = named[:1] if source.friends else named
    findings = [*file_findings(source.dataset), *source.findings()]
    experiment, guessed = _guess(source, named, target, findings, progress)
    findings += guessed
    findings += _check(experiment, source.dataset, output, findings, progress)
    findings.sort(key=worst_first)
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = output.parent.resolve()
    relative = _each(lambda path: os.path.relpath(Path(path).resolve(), folder))
    paths = {"data": with_files(experiment.data, relative), "split": with_split_files(experiment.split, relative)}
    written = experiment.model_copy(update=paths)
    remarks = [finding.sentence for finding in findings]
    if search:
        proposed, left_out = proposed_search(experiment)
        written = written.model_copy(update={"search": proposed})
        remarks += left_out
    write_text(output, commented_experiment(written, remarks=remarks))
    return Proposal(output, source.dataset.rows, len(source.dataset.names), tuple(findings))


def _guess(
    source: OpenedFiles,
    named: Sequence[str],
    target: str | None,
    findings: Sequence[Finding],
    progress: Progress,
) -> tuple[Experiment, list[Finding]]:
    """Guess an experiment, with the full paths of files."""
    samples, dataset = source.samples, source.dataset
    first = named[0] if named else "_".join(samples.classes if samples else ())
    name = Path(first).stem.replace("*", "").strip("_-. ") or "experiment"
    head = target if samples is None else GuessedHead(f"is_{samples.signal}", samples.head, samples.columns)
    try:
        content, guessed = guess_experiment(dataset, head, named, name, source.elements, source.of_elements)
    except DataError as error:
        read_as = f"{dataset.rows:,} rows were read, with the columns {first_few(dataset.names, _SHOWN)}"
        raise DataError("\n  ".join([str(error), read_as, *(finding.sentence for finding in findings)])) from error
    content["data"] |= {"key": source.key, "csv": None if source.csv == CsvSection() else source.csv.model_dump()}
    if source.friends:
        content["data"]["friends"] = [friend.model_dump() for friend in source.friends]
    if samples is not None:
        data = content["data"] | {"files": [], "samples": samples.sections}
        simulated = [name for name in samples.files if name not in samples.recorded]
        data = with_cross_sections(data, dataset, simulated, source.tables)
        content["data"] = with_variations(data, source, samples, content, progress)
        guessed = [*guessed, *cross_section_findings(data, source.tables), *variation_findings(content["data"])]
    parts = parts_of_files(named if samples is None else [name for one in samples.files.values() for name in one])
    if (remark := parts_remark(parts)) is not None:
        guessed = [*guessed, remark]
    if "train" in parts:
        content["split"] = {"kind": "files", "valid": SHARE, "test": SHARE, **parts}
    experiment = parse_experiment({**content, "data": _resolved(content["data"])})
    return experiment, guessed


def _resolved(data: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a data section with full paths."""
    section = DataSection.model_validate(data)
    return with_files(section, _each(lambda path: from_folder(path, Path.cwd()))).model_dump()


def _each(change: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    """Return a function that changes the path of each file."""
    return lambda names: [with_path(name, change) for name in names]


def _check(
    experiment: Experiment, dataset: Dataset, output: Path, findings: Sequence[Finding], progress: Progress
) -> list[Finding]:
    """Check a guessed experiment; too few rows to train on are a finding where there are only a few."""
    try:
        check_data(experiment, progress=progress)
    except EmptyPartError as error:
        if dataset.rows > _SAMPLE:
            raise _refused(output, error, findings) from error
        evidence = f"{dataset.rows} rows are too few to train on: {error}"
        return [Finding("number of rows", "FAIL", evidence, remedy="Name more files.")]
    except (DataError, ExperimentError) as error:
        raise _refused(output, error, findings) from error
    return []


def _refused(output: Path, error: NetwrightError, findings: Sequence[Finding]) -> NetwrightError:
    msg = (
        f"{output} was not written, because the guessed experiment does not pass check:\n  {error}\n"
        "Correct the rows or columns, or write a file by hand: README.md shows one, docs/experiment.md every key."
    )
    kind = ExperimentError if isinstance(error, ExperimentError) else DataError
    return kind("\n  ".join([msg, *(finding.sentence for finding in findings)]))
