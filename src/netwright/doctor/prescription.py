"""From findings to a fixed experiment: what to change, by cause, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netwright.config import Experiment, HiddenLayers, parse_experiment
from netwright.doctor._dynamics import usual_rate
from netwright.doctor.case import Case
from netwright.doctor.engine_case import optimizer_facts
from netwright.errors import ExperimentError
from netwright.finding import Finding

__all__ = ["Change", "Prescription", "in_keys", "prescribe"]

_SHORT = 20  # epochs
_USUAL_UNITS = 32
_USUAL_DROPOUT = 0.2

Changes = dict[tuple[str, ...], Any]


@dataclass(frozen=True)
class Change:
    """One change of an experiment.

    Attributes:
        key: path of the key, as in ``training.learning_rate``.
        before: its value.
        after: the value that it should have.
        why: the finding, as a sentence.
    """

    key: str
    before: Any
    after: Any
    why: str

    def __str__(self) -> str:
        """Say the change in words."""
        return f"{self.key}: {_as_set(self.after)} (was {_as_set(self.before)})"


@dataclass(frozen=True)
class Prescription:
    """A fixed experiment.

    Attributes:
        experiment: with the changes.
        changes: what was changed, and why.
    """

    experiment: Experiment
    changes: tuple[Change, ...]


def prescribe(experiment: Experiment, findings: Sequence[Finding]) -> Prescription:
    """Fix an experiment by what was found in its training.

    Args:
        experiment: that was trained; it stays as it is.
        findings: those to act on; of two that change the same key, the first counts.

    Returns:
        The fixed experiment.

    Raises:
        ExperimentError: none of the findings has a change of the experiment as remedy.

    Example:
        >>> from netwright.config import parse_experiment
        >>> inputs = {"x": {"kind": "numeric", "columns": ["a"]}}
        >>> targets = {"y": {"kind": "binary", "column": "b"}}
        >>> sections = {"data": {"files": ["f"]}, "inputs": inputs, "targets": targets}
        >>> experiment = parse_experiment({**sections, "training": {"learning_rate": 3.0}})
        >>> finding = Finding("learning rate too high", "WARN", "It jumps.", cause="The learning rate is too high.")
        >>> str(prescribe(experiment, [finding]).changes[0])
        'training.learning_rate: 0.001 (was 3)'
    """
    changes: dict[str, Change] = {}
    values = experiment.model_dump(mode="json")
    for finding in findings:
        for path, after in changes_for(experiment, finding).items():
            section = values
            for key in path[:-1]:
                section = section[key]
            before, name = section.get(path[-1]), ".".join(path)
            if name not in changes and before != after:
                changes[name] = Change(name, before, after, f"{finding.evidence} {finding.cause}")
                section[path[-1]] = after
    if not changes:
        named = ", ".join(dict.fromkeys(finding.symptom for finding in findings)) or "none"
        msg = (
            f"No change of the experiment follows from the findings ({named}). Their remedies are in the report and in "
            "what netwright examine RUN shows."
        )
        raise ExperimentError(msg)
    return Prescription(parse_experiment(values), tuple(changes.values()))


def in_keys(experiment: Experiment, finding: Finding) -> Finding:
    """Return a finding with its remedy in keys of the experiment file.

    Args:
        experiment: that is or was trained.
        finding: on its training.

    Returns:
        The finding with another remedy; as it is where no change of the experiment helps.
    """
    changes = {".".join(path): value for path, value in changes_for(experiment, finding).items()}
    if not changes:
        return finding
    text = ", ".join(f"{key}: {_as_set(value)}" for key, value in changes.items())
    return replace(finding, remedy=f"Set {text}.")


def changes_for(experiment: Experiment, finding: Finding) -> Changes:
    """Return the keys that a finding wants to be changed.

    Args:
        experiment: that was trained.
        finding: on its training.

    Returns:
        By path of the key its new value; empty where no change of the experiment helps.
    """
    remedy = _REMEDIES.get(finding.cause)
    return remedy(experiment, finding) if remedy is not None else {}


def _as_set(value: Any) -> str:  # noqa: ANN401  # a value of an experiment file
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value.get("kind", value) if isinstance(value, Mapping) else value)


def _usual(experiment: Experiment) -> float:
    return usual_rate(Case(objective=optimizer_facts(experiment.training)))


def _rounded(rate: float) -> float:
    return float(f"{rate:.1g}")


def _lower_rate(experiment: Experiment, finding: Finding) -> Changes:
    training = experiment.training
    rate = min(_usual(experiment), training.learning_rate / 10)
    changes: Changes = {("training", "learning_rate"): _rounded(rate)}
    if finding.symptom == "not finite" and training.clip_norm is None:
        changes["training", "clip_norm"] = 1.0
    return changes


def _higher_rate(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001  # all take both
    usual, rate = _usual(experiment), experiment.training.learning_rate
    return {("training", "learning_rate"): _rounded(min(usual, max(10 * rate, usual / 10)))}


def _more_epochs(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001
    epochs = experiment.training.epochs
    return {("training", "epochs"): epochs * (10 if epochs < _SHORT else 5)}


def _smaller_batch(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001
    return {("training", "batch_size"): max(16, experiment.training.batch_size // 16)}


def _larger_batch(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001
    devices = experiment.training.devices
    return {("training", "batch_size"): -(-max(64, 16 * experiment.training.batch_size) // devices) * devices}


def _constant_rate(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001
    return {("training", "schedule"): {"kind": "constant"}}


def _higher_clip_norm(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001
    return {("training", "clip_norm"): 1.0}


def _bodies(experiment: Experiment, finding: Finding) -> Iterator[tuple[tuple[str, ...], HiddenLayers]]:
    """Yield the bodies that a finding is about: those whose layers it names, or all."""
    bodies = {name: body for name, body in experiment.model.bodies.items() if isinstance(body, HiddenLayers)}
    named = [name for name in bodies if any(layer.startswith(f"{name}-") for layer in finding.where)]
    for name in named or bodies:
        yield ("model", "body") if name == "body" else ("model", "more_bodies", name), bodies[name]


def _activation(experiment: Experiment, finding: Finding) -> Changes:
    changes: Changes = {}
    for path, body in _bodies(experiment, finding):
        if body.activation != "relu":
            changes[*path, "activation"] = "relu"
        elif body.batch_normalisation == "none":
            changes[*path, "batch_normalisation"] = "before"
    return changes


def _revived_units(experiment: Experiment, finding: Finding) -> Changes:
    changes: Changes = {(*path, "activation"): "leaky_relu" for path, _ in _bodies(experiment, finding)}
    if experiment.training.learning_rate > _usual(experiment):
        changes["training", "learning_rate"] = _rounded(_usual(experiment))
    return changes


def _less_regularisation(experiment: Experiment, finding: Finding) -> Changes:
    changes: Changes = {}
    for path, body in _bodies(experiment, finding):
        changes |= {(*path, name): getattr(body, name) / 10 for name in ("l1", "l2") if getattr(body, name)}
        if body.dropout > _USUAL_DROPOUT:
            changes[*path, "dropout"] = _USUAL_DROPOUT
    return changes


def _more_regularisation(experiment: Experiment, finding: Finding) -> Changes:
    return {(*path, "dropout"): _USUAL_DROPOUT for path, body in _bodies(experiment, finding) if not body.dropout}


def _more_units(experiment: Experiment, finding: Finding) -> Changes:
    return {
        (*path, "units"): [max(_USUAL_UNITS, units) for units in body.units]
        for path, body in _bodies(experiment, finding)
    }


def _default_optimizer(experiment: Experiment, finding: Finding) -> Changes:  # noqa: ARG001
    changes: Changes = {("training", "learning_rate"): 0.001}
    if experiment.training.optimizer.kind != "adam":
        changes["training", "optimizer"] = {"kind": "adam"}
    return changes


def _balanced(experiment: Experiment, finding: Finding) -> Changes:
    heads = [head for head, target in experiment.targets.items() if target.labels and target.class_balance == "none"]
    named = [head for head in heads if f"targets.{head}" in finding.where]
    return {("targets", head, "balance"): "weights" for head in named or heads}


def _larger_loss_weight(experiment: Experiment, finding: Finding) -> Changes:
    heads = [head for head in experiment.targets if f"targets.{head}" in finding.where]
    return {("targets", head, "loss_weight"): _rounded(10 * experiment.targets[head].loss_weight) for head in heads}


_REMEDIES: Mapping[str, Callable[[Experiment, Finding], Changes]] = {
    "The learning rate is too high.": _lower_rate,
    "The learning rate is too low.": _higher_rate,
    "The learning rate falls too early.": _constant_rate,
    "There are too few epochs.": _more_epochs,
    "There are too many epochs.": _more_regularisation,
    "There are too few rows for the network.": _more_regularisation,
    "The network learns its training rows by heart.": _more_regularisation,
    "The batch size is too large.": _smaller_batch,
    "The batch size is too small.": _larger_batch,
    "The gradients are clipped too hard.": _higher_clip_norm,
    "Hidden layers have no activation.": _activation,
    "The hidden activation is unsuitable.": _activation,
    "The gradient vanishes on its way to the first layers.": _activation,
    "Hidden units are saturated.": _activation,
    "ReLU units have died.": _revived_units,
    "The regularisation is too strong.": _less_regularisation,
    "The network is too small.": _more_units,
    "The network learns too little, and why is not known.": _default_optimizer,
    "The network does not react to its inputs.": _lower_rate,
    "The classes are imbalanced.": _balanced,
    "Another head drowns this one.": _larger_loss_weight,
}
