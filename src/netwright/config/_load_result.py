"""Reading a `result` section from a separate file, for a run that was trained without one."""

from __future__ import annotations

from pathlib import Path

import yaml

from netwright.config._text import read_text
from netwright.config._yaml import parse_yaml
from netwright.config.experiment import Experiment
from netwright.config.load import parse_experiment
from netwright.errors import ExperimentError

__all__ = ["load_result"]


def load_result(path: str | Path, experiment: Experiment) -> Experiment:
    """Read a `result` section and add it to an experiment.

    Args:
        path: a YAML file with the key ``result``, such as an experiment file; other keys are ignored.
        experiment: the experiment of a run.

    Returns:
        The experiment with this section.

    Raises:
        ExperimentError: the file cannot be read, has no section ``result``, or this section is not valid.
    """
    path = Path(path)
    if not path.exists():
        msg = f"{path}: there is no such file. Write one with the key result, with luminosity and processes below it."
        raise ExperimentError(msg)
    try:
        content = parse_yaml(read_text(path))
    except yaml.YAMLError as error:
        msg = f"{path}: is not valid YAML: {error}"
        raise ExperimentError(msg) from error
    section = content.get("result") if isinstance(content, dict) else None
    if section is None:
        msg = f"{path}: has no section result. Write the key result, with luminosity and processes below it."
        raise ExperimentError(msg)
    return parse_experiment({**experiment.model_dump(mode="json"), "result": section}, source=str(path))
