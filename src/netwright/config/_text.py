"""Reading an experiment file as text, or explaining why it cannot be read."""

from __future__ import annotations

import difflib
from pathlib import Path

from netwright.errors import ExperimentError
from netwright.file_names import in_command

__all__ = ["read_text"]

_MAX_BYTES = 2**22  # a thousand times a typical experiment file; parsing YAML takes a second per 100 kB
_DATA = {
    ".npz",
    ".npy",
    ".h5",
    ".hdf5",
    ".hdf",
    ".hd5",
    ".parquet",
    ".root",
    ".csv",
    ".tsv",
    ".txt",
    ".dat",
    ".data",
    ".arrow",
}
_PACKED = {".gz", ".bz2", ".xz", ".zst"}


def read_text(path: Path) -> str:
    """Read an experiment file.

    Args:
        path: the file; a pipe also works.

    Returns:
        The content of the file.

    Raises:
        ExperimentError: there is no such file, or it is a folder, a run directory, a data file, or not text.
    """
    if path.is_dir():
        raise ExperimentError(_folder_message(path))
    endings = [ending for ending in path.suffixes if ending.lower() not in _PACKED]
    if endings and endings[-1].lower() in _DATA:
        msg = (
            f"{path}: is a file of data, and the command takes an experiment file, which says what to learn from it. "
            f"Write one with: netwright init {in_command(path)} --target NAME"
        )
        raise ExperimentError(msg)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else f"no text in UTF-8, {error.reason}"
        beside = {sibling.name: sibling for sibling in sorted(path.parent.glob("*.y*ml"))}
        beside |= {file.parent.name: file for file in sorted(path.parent.glob("[!.]*/experiment.yaml"))}  # of runs
        near = difflib.get_close_matches(path.name, beside, n=1)
        hint = f' Did you mean "{beside[near[0]]}"?' if near and not path.exists() else ""
        msg = (
            f"{path}: the experiment file cannot be read ({reason}).{hint} Write one with: netwright init FILES "
            "--target NAME"
        )
        raise ExperimentError(msg) from error
    if len(content) > _MAX_BYTES:
        msg = f"{path}: is larger than {_MAX_BYTES:,} bytes; an experiment file has a few thousand. Name another."
        raise ExperimentError(msg)
    if not text.strip():
        msg = f"{path}: the experiment file is empty. Write one with: netwright init FILES --target NAME"
        raise ExperimentError(msg)
    return text


def _folder_message(path: Path) -> str:
    if (path / "experiment.yaml").is_file():
        return f"{path}: is a folder, and the command takes an experiment file. Name {path / 'experiment.yaml'}."
    runs = sorted(run_file.parent.name for run_file in path.glob("[!.]*/experiment.yaml"))
    if runs:
        return (
            f"{path}: is a folder of runs, and the command takes an experiment file. To begin from one of them: "
            f"netwright train {in_command(path / runs[0])} --set training.learning_rate=0.01"
        )
    return (
        f"{path}: is a folder, and the command takes an experiment file. Write one with: netwright init "
        f"{in_command(path)} --target NAME"
    )
