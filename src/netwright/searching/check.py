"""Mistakes in the section `search`, all at once, before anything is trained; this needs no Optuna."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netwright.config import Experiment, ParameterSection, SearchSection, value_at, with_values
from netwright.errors import ExperimentError
from netwright.searching.parameter import is_integer, label_of

__all__ = ["check_search"]

_SOURCE = "search.parameters."
_READ_ONCE = {"column", "where", "classes"}  # of a head: rows and what is true of them
_NO_LOSS = {"body", "units", "unit", "calibration", "signal", "fractions", "pretraining"}  # others may change the loss


def check_search(experiment: Experiment, section: SearchSection) -> Experiment:
    """Check every parameter of a search alone at its ends and choices; this needs no Optuna.

    Args:
        experiment: the experiment.
        section: its section search.

    Returns:
        The experiment of all trials: one network a fold, whose best epoch is chosen by the objective.

    Raises:
        ExperimentError: a key does not exist or may not vary, or refuses a value; the objective is not measured, or
            depends on what varies. All mistakes are told at once.
    """
    base = _base(experiment, section)
    mistakes = [line for path, parameter in section.parameters.items() for line in _mistakes(base, path, parameter)]
    if mistakes:
        msg = "\n  ".join([f"search: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", *mistakes])
        raise ExperimentError(msg)
    return base


def _base(experiment: Experiment, section: SearchSection) -> Experiment:
    """Return the experiment of all trials: one network a fold, whose best epoch is chosen by the objective."""
    content = experiment.model_dump(mode="json", exclude_unset=True, exclude={"search", "ensemble", "cluster"})
    if section.objective is not None:
        content["training"] = {**content.get("training", {}), "select": section.objective}
    try:
        base = Experiment.model_validate(content)
    except ValueError as error:  # of pydantic: only the objective is new
        text = str(error).partition("Value error, ")[2].partition(" [type=")[0]
        raise ExperimentError(text.replace("training.select", "search.objective")) from error
    folds = section.folds
    if folds != "inherit" and not 1 <= folds <= _folds_of(base):
        count = _folds_of(base)
        how = f"Give 1 to {count}, or leave it out for all." if count > 1 else "Leave it out."
        msg = f"search.folds: the split has {count} fold{'s' if count > 1 else ''}, received {folds}. {how}"
        raise ExperimentError(msg)
    return base


def _folds_of(experiment: Experiment) -> int:
    return int(getattr(experiment.split, "folds", 1))


def _mistakes(base: Experiment, path: str, section: ParameterSection) -> Iterator[str]:
    """Yield what is wrong with the values of one parameter, each set alone."""
    try:
        value_at(base, path, option=_SOURCE)
    except ExperimentError as error:
        yield str(error)
        return
    if path == "training.select" or (path == "training" and any("select" in choice for choice in _sections(section))):
        yield f"{_SOURCE}{path}: trials chosen by different measures cannot be compared. Name one in search.objective"
        return
    if section.choices is not None:
        candidates = section.choices
    else:
        is_whole = is_integer(base, path, section)
        candidates = [int(end) if is_whole else end for end in (section.low, section.high) if end is not None]
        if is_whole and any(end != int(end) for end in (section.low, section.high) if end is not None):
            yield f"{_SOURCE}{path}: is a whole number, and its range is not; received {section.low} to {section.high}"
            return
        if is_whole and section.step is not None and section.step != int(section.step):
            yield f"{_SOURCE}{path}.step: the key is a whole number, and its step is not; received {section.step:g}"
            return
    trials = []
    for value in candidates:
        try:
            trials.append(with_values(base, {path: value}, source=""))
        except ExperimentError as error:
            for line in str(error).splitlines()[1:]:
                yield f"{_SOURCE}{path}: {label_of(value)} is refused: {line.strip()}"
    yield from _incomparable(base, path, trials)


def _sections(section: ParameterSection) -> list[Mapping[str, Any]]:
    """Return the choices that are whole sections."""
    return [choice for choice in section.choices or [] if isinstance(choice, Mapping)]


def _incomparable(base: Experiment, path: str, trials: Sequence[Experiment]) -> Iterator[str]:
    """Yield why trials that differ in this key cannot be compared: other rows, no difference yet, or another loss."""
    if any(_truth_of(trial) != _truth_of(base) for trial in trials):
        yield (
            f"{_SOURCE}{path}: changes which rows a head has, or what is true of them, and all trials have the same "
            "rows. Train a network for each value instead, and compare them: netwright compare"
        )
    elif path.startswith("targets.") and path.endswith(".calibration"):
        yield (
            f"{_SOURCE}{path}: probabilities are calibrated on validation rows after a training, and trials are "
            f"compared before, so that they do not differ by it. Set {path} itself."
        )
    elif base.training.select == "loss" and any(_loss_of(trial) != _loss_of(base) for trial in trials):
        yield (
            f"{_SOURCE}{path}: changes the loss itself, so that trials cannot be compared by it. Name a metric, "
            "as objective: HEAD.roc_auc."
        )


def _truth_of(experiment: Experiment) -> dict[str, Any]:
    """Return what decides on the rows of each head and on what is true of them."""
    return {
        head: (target.protected_column, target.model_dump(include=_READ_ONCE))
        for head, target in experiment.targets.items()
    }


def _loss_of(experiment: Experiment) -> dict[str, Any]:
    """Return what may decide on the loss of validation rows, by head."""
    return {head: target.model_dump(exclude=_NO_LOSS) for head, target in experiment.targets.items()}
