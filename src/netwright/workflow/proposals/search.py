"""The section `search` that `netwright init --search` proposes, and why other keys are left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.config import (
    DenseBody,
    DenselyConnectedBody,
    Experiment,
    HiddenLayers,
    ParameterSection,
    ResidualBody,
    SearchSection,
    TabularBody,
    TrainingSection,
)
from netwright.tasks import task_of

__all__ = ["proposed_search"]

_UNITS = ([64, 64], [128, 128, 128], [256, 256, 256])
_OF_TABLES = {
    "training.learning_rate": {"low": 1e-3, "high": 2e-2, "log": True},
    "model.body.dropout": {"low": 0.0, "high": 0.4},
    "model.body.wave_deviation": {"low": 0.03, "high": 2.0, "log": True},
}
_INTERCHANGEABLE = (DenseBody, ResidualBody, DenselyConnectedBody)


def proposed_search(experiment: Experiment) -> tuple[SearchSection, list[str]]:
    """Propose what to search: what has no well-tested default, one of those that act together, and no others.

    Args:
        experiment: the experiment.

    Returns:
        The section, and a sentence for each group of keys that it leaves out, with the reason.
    """
    parameters: dict[str, Any] = {"training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}
    body = experiment.model.body
    left_out = _left_out(experiment.training)
    if isinstance(body, TabularBody):
        parameters = dict(_OF_TABLES)
        left_out.append("model.body.units, networks and waves: the defaults of tabular hold for most tables")
    elif isinstance(body, HiddenLayers):
        parameters |= _body_parameters(body)
    else:
        left_out.append(f"model.body: of kind {body.kind}, whose keys are your own")
    if len(experiment.targets) > 1:
        for name in list(experiment.targets)[1:]:
            parameters[f"targets.{name}.loss_weight"] = {"low": 0.1, "high": 10.0, "log": True}
    sections = {path: ParameterSection.model_validate(content) for path, content in parameters.items()}
    section = SearchSection(parameters=sections, objective=_objective(experiment))
    return section, [f"Left out of search: {remark}." for remark in left_out]


def _left_out(training: TrainingSection) -> list[str]:
    """Say which keys of the training are left out, and why."""
    course = {
        "plateau": "the learning rate decays on plateau",
        "constant": "the learning rate stays constant",
    }.get(training.schedule.kind, f"the learning rate falls along its {training.schedule.kind} schedule")
    return [
        f"training.optimizer: {training.optimizer.kind} has defaults that hold for most networks",
        "initialisation: it follows the activation",
        "training.batch_size: it acts together with the learning rate, and one of the two is enough",
        f"training.schedule, training.epochs: {course}, and early stopping finds the end",
        "split: other shares or folds would change the rows that trials are compared on",
    ]


def _body_parameters(body: HiddenLayers) -> Mapping[str, Any]:
    units = [*_UNITS] if body.units in _UNITS else [body.units, *_UNITS]
    parameters: dict[str, Any] = {
        "model.body.units": {"choices": units},
        "model.body.activation": {"choices": _with(body.activation, ["relu", "silu", "selu"])},
        "model.body.batch_normalisation": {"choices": ["none", "before"]},
        "model.body.dropout": {"low": 0.0, "high": 0.4},
        "model.body.l2": {"choices": [0.0, 1e-5, 1e-4, 1e-3]},
    }
    if isinstance(body, _INTERCHANGEABLE):
        parameters["model.body.kind"] = {"choices": ["dense", "residual", "densely-connected"]}
    return parameters


def _with(value: str, others: list[str]) -> list[str]:
    return others if value in others else [value, *others]


def _objective(experiment: Experiment) -> str | None:
    """Return a metric of the first head, as a loss with other weights of heads is another loss."""
    if experiment.training.select != "loss":
        return None
    name, target = next(iter(experiment.targets.items()))
    metrics = list(task_of(target).monitors(target))
    return next(
        (f"{name}.{metric}" for metric in ("roc_auc", "cross_entropy", "resolution") if metric in metrics), None
    )
