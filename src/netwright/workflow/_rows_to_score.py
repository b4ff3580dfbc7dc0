"""The rows to score: files, or samples and their variations, and where the scores of each are written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import NOMINAL, DataSection
from netwright.data import local_files, url_of
from netwright.errors import DataError
from netwright.evaluation import ending_of, has_writer
from netwright.lab import Run
from netwright.progress import Progress
from netwright.readers import Files
from netwright.workflow._moved_samples import owners_of_files

__all__ = ["RowsToScore", "as_one_table", "outputs_of_files", "outputs_of_samples", "rows_by_output", "rows_of_files"]


@dataclass(frozen=True)
class RowsToScore:
    """Rows to score together: files, of a sample or of none, or all rows of a sample or variation.

    Attributes:
        files: paths; none for those of the sample.
        sample: its name; empty for files that belong to none.
        variation: of the sample.
    """

    files: tuple[str, ...] = ()
    sample: str = ""
    variation: str = NOMINAL


def rows_by_output(
    run: Run, files: Files | Mapping[str, Files] | None, folder: Path, key: str | None, progress: Progress
) -> list[tuple[RowsToScore, Path]]:
    """List the rows to score, and where the scores of each are written.

    Args:
        run: the run.
        files: files, by sample where they are given so; None for all that the experiment names.
        folder: where to write.
        key: the table in the files; None for that of the experiment.
        progress: callback for progress updates.

    Returns:
        The rows, each with the path of its scores.

    Raises:
        DataError: there is nothing to score, a sample is not one of the run's, or two outputs would have one name.
    """
    data = run.experiment.data
    if files is None and data.samples:
        if key is not None:
            msg = f"key: the samples of {run.path} set their tables. Name files to score, or leave key out."
            raise DataError(msg)
        return [(RowsToScore((), *owner), output) for owner, output in outputs_of_samples(data, folder).items()]
    if files is None and data.generate is not None:
        msg = "the rows of this experiment are generated, new ones each time. Name files to score."
        raise DataError(msg)
    scored = rows_of_files(run, data.files if files is None else files, progress)
    return list(
        zip(
            scored,
            outputs_of_files([Path(scored_file.files[0]) for scored_file in scored], folder).values(),
            strict=True,
        )
    )


def rows_of_files(run: Run, files: Files | Mapping[str, Files], progress: Progress) -> list[RowsToScore]:
    """List files, each with the sample and variation that it belongs to, if the run has samples.

    Args:
        run: the run.
        files: files, by sample where they are given so.
        progress: callback for progress updates.

    Returns:
        One for each file.

    Raises:
        DataError: a file cannot be found, or a name is not that of a sample of the run.
    """
    data = run.experiment.data
    if isinstance(files, Mapping):
        for name in files:
            if name not in data.samples:
                samples_text = (
                    f"samples of {run.path} are {', '.join(data.samples)}" if data.samples else "it has no samples"
                )
                msg = f"{name}: not a sample of {run.path}: {samples_text}. Name other files without NAME=."
                raise DataError(msg)
        named = {name: local_files(of_sample, progress=progress) for name, of_sample in files.items()}
        return [RowsToScore((str(path),), name) for name, paths in named.items() for path in paths]
    paths = local_files(files, progress=progress)
    if not data.samples:
        return [RowsToScore((str(path),)) for path in paths]
    owners = owners_of_files(run, data, paths)
    return [
        RowsToScore((str(path),), name, variation or NOMINAL)
        for path, (name, variation) in zip(paths, owners, strict=True)
    ]


def as_one_table(files: Sequence[RowsToScore]) -> RowsToScore:
    """Join files that are scored as one table.

    Args:
        files: of `rows_of_files`.

    Returns:
        The rows of all of them.

    Raises:
        DataError: they belong to several samples or variations.
    """
    owners = dict.fromkeys((scored.sample, scored.variation) for scored in files)
    if len(owners) > 1:
        listed = ", ".join(
            " ".join(part for part in (name, variation) if part != NOMINAL) or "none" for name, variation in owners
        )
        msg = f"the files are of several samples ({listed}). Name those of one sample at a time, or write to a folder."
        raise DataError(msg)
    return RowsToScore(tuple(file for scored in files for file in scored.files), *next(iter(owners)))


def outputs_of_samples(section: DataSection, folder: Path) -> dict[tuple[str, str], Path]:
    """Return where the scores of each sample and variation are written, in the format of its first file.

    Args:
        section: of the experiment.
        folder: where to write.

    Returns:
        Paths by sample and variation.

    Raises:
        DataError: two would have one name.
    """
    outputs: dict[tuple[str, str], Path] = {}
    for name in section.samples:
        for variation in (NOMINAL, *section.variations_of(name)):
            first = Path(section.sample(name, variation).files[0])
            ending = ending_of(first) if has_writer(first) else ".parquet"
            stem = name if variation == NOMINAL else f"{name}_{variation}"
            output = folder / f"{stem}{ending}"
            if output in outputs.values():
                msg = f"{output}: would hold the scores of two samples or variations. Rename the sample {name}."
                raise DataError(msg)
            outputs[name, variation] = output
    return outputs


def outputs_of_files(paths: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where the scores of each file are written.

    Args:
        paths: the files.
        folder: where to write.

    Returns:
        Paths by file: files keep their path below the folder that they share, and files of URLs their name.

    Raises:
        DataError: two would have one name.
    """
    remote = {path for path in paths if url_of(path) is not None}
    shared = Path(os.path.commonpath([path.resolve().parent for path in paths if path not in remote] or [Path.cwd()]))
    outputs: dict[Path, Path] = {}
    for path in paths:
        target = folder / (path.name if path in remote else path.resolve().relative_to(shared))
        output = target if has_writer(target) else target.with_name(target.name.partition(".")[0] + ".parquet")
        earlier = next((scored for scored, written in outputs.items() if written == output), None)
        if earlier is not None:
            msg = f"{output}: would hold the scores of {earlier} and of {path}. Score them one after the other."
            raise DataError(msg)
        outputs[path] = output
    return outputs
