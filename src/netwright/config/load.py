"""Reading an experiment file: YAML, changes of single values, and paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from netwright.config._mistakes import mistakes_of, shortened
from netwright.config._text import read_text
from netwright.config._yaml import parse_yaml, write_yaml
from netwright.config.data import with_files
from netwright.config.experiment import Experiment
from netwright.config.split import with_split_files
from netwright.errors import DataError, ExperimentError
from netwright.file_names import check_url, from_folder, is_url

__all__ = ["dump_experiment", "is_experiment_file", "load_experiment", "parse_experiment"]


def is_experiment_file(path: Path) -> bool:
    """Return whether a path is meant as an experiment file, and not as the directory of a run.

    Args:
        path: it need not exist.

    Returns:
        True for files, and for names that end as those of YAML do.

    Example:
        >>> is_experiment_file(Path("jets.yaml")), is_experiment_file(Path("runs/jets"))
        (True, False)
    """
    return path.is_file() or path.suffix.lower() in {".yaml", ".yml"}


def load_experiment(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read an experiment file.

    Args:
        path: a YAML file.
        overrides: changes of single values in the form ``training.epochs=5``; the value is read as YAML.

    Returns:
        The experiment, with every default filled in and relative files resolved against the file's folder.

    Raises:
        ExperimentError: the file cannot be read, is not YAML, or is not valid; all mistakes are reported at once.

    Example:
        >>> import netwright as nw
        >>> nw.load_experiment("experiment.yaml", ["training.epochs=5"]).training.epochs  # doctest: +SKIP
        5
    """
    given: object = path
    if not isinstance(given, str | Path):
        msg = (
            f"experiment: the path of an experiment file is expected. Received: {type(given).__name__}. For a mapping "
            "with the same keys, use netwright.parse_experiment."
        )
        raise ExperimentError(msg)
    path = Path(path)
    try:
        text = read_text(path)
        content = parse_yaml(text)
    except yaml.YAMLError as error:
        msg = f"{path}: not valid YAML: {error}"
        raise ExperimentError(msg) from error
    if not isinstance(content, dict):
        msg = (
            f"{path}: an experiment file is a mapping of sections (data, inputs, targets ...), received "
            f"{shortened(repr(content))}. Write one with: netwright init FILES --target NAME"
        )
        raise ExperimentError(msg)
    for override in overrides:
        _apply(content, override)
    return parse_experiment(content, folder=path.parent, source=str(path))


def parse_experiment(
    content: Mapping[str, Any], *, folder: str | Path | None = None, source: str = "experiment"
) -> Experiment:
    """Check the content of an experiment file.

    Args:
        content: content of the file as nested mappings.
        folder: folder that relative files are resolved against; the working directory if not given.
        source: name of the file in messages.

    Returns:
        The experiment.

    Raises:
        ExperimentError: the content is not valid; all mistakes are reported at once.

    Example:
        >>> content = {
        ...     "name": "top-tagging",
        ...     "data": {"files": ["jets.npz"], "identity": ["event"]},
        ...     "inputs": {"jet": {"kind": "numeric", "columns": ["pt", "mass"]}},
        ...     "targets": {"is_top": {"kind": "binary", "column": "label", "classes": {"QCD": 0, "top": 1}}},
        ... }
        >>> parse_experiment(content).targets["is_top"].signal_name
        'top'
    """
    try:
        experiment = Experiment.model_validate(dict(content))
    except ValidationError as error:
        mistakes = mistakes_of(error, content)
        msg = "\n  ".join([f"{source}: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", *mistakes])
        raise ExperimentError(msg) from error
    base = Path(folder or ".").resolve()

    def resolved(files: list[str]) -> list[str]:
        return [_resolved(file, base) for file in files]

    paths = {"data": with_files(experiment.data, resolved), "split": with_split_files(experiment.split, resolved)}
    return experiment.model_copy(update=paths)


def dump_experiment(experiment: Experiment) -> str:
    """Write an experiment as YAML, including all defaults.

    Args:
        experiment: the experiment to write.

    Returns:
        Text that `load_experiment` reads back to an equal experiment.
    """
    return write_yaml(experiment.model_dump(mode="json"))


def _resolved(file: str, folder: Path) -> str:
    """Resolve a path, pattern or list against a folder, and refuse a URL that a run must not keep."""
    if is_url(file):
        try:
            check_url(file)
        except DataError as error:
            raise ExperimentError(str(error)) from error
    return from_folder(file, folder)


def _apply(content: dict[str, Any], override: str) -> None:
    """Set the value that ``a.b=c`` names, in place."""
    path, separator, value = override.partition("=")
    override = shortened(override)
    keys = path.split(".")
    if not separator or not all(keys):
        msg = f'--set {override}: expected SECTION.KEY=VALUE, for example training.epochs=5, received "{override}"'
        raise ExperimentError(msg)
    mapping = content
    for key in keys[:-1]:
        if mapping.get(key) is None:  # missing, or a key without a value
            mapping[key] = {}
        mapping = mapping[key]
        if not isinstance(mapping, dict):
            msg = f'--set {override}: "{key}" is a value and has no keys below it. Set it as a whole: {key}=VALUE'
            raise ExperimentError(msg)
    try:
        mapping[keys[-1]] = parse_yaml(value)
    except yaml.YAMLError as error:
        msg = f"--set {override}: the value is not valid YAML: {error}"
        raise ExperimentError(msg) from error
