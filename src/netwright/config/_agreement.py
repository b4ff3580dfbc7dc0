"""Consistency checks across the sections of an experiment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from netwright.config._class_samples import sample_disagreements
from netwright.config._result_agreement import result_disagreements
from netwright.config.columns import mentions
from netwright.config.data import DataSection
from netwright.config.ensemble import EnsembleSection
from netwright.config.four_vectors import FourVectorsInput
from netwright.config.inputs import InputGroup, columns_of
from netwright.config.model import ModelSection
from netwright.config.numbered import numbers_in
from netwright.config.particles import ParticlesInput
from netwright.config.result import ResultSection
from netwright.config.samples import SAMPLE
from netwright.config.split import FilesSplit, SplitSection
from netwright.config.targets import Target
from netwright.config.training import TrainingSection
from netwright.errors import did_you_mean
from netwright.tasks import BinaryTarget, task_of

__all__ = ["disagreements"]

_WRITTEN_ALWAYS = ("split", "weight", "fold", "member")  # columns of every table of predictions
_SET_FEATURES = {"raw", "constituents", "objects"}
_ADD_RESULT = "Add it with its processes, or as result: {} where samples have cross sections."


def disagreements(
    *,
    data: DataSection,
    inputs: Mapping[str, InputGroup],
    targets: Mapping[str, Target],
    split: SplitSection,
    model: ModelSection,
    ensemble: EnsembleSection,
    training: TrainingSection,
    result: ResultSection | None,
) -> Iterator[str]:
    """Yield inconsistencies between sections, each with its path in the file.

    Args:
        data: where the rows come from; each section has already passed its own checks.
        inputs: input groups by name.
        targets: heads by name.
        split: how rows are divided.
        model: the bodies of the network.
        ensemble: how many networks are trained.
        training: how weights are found.
        result: what is expected in recorded collisions; None for an experiment without a result section.

    Yields:
        One line per mistake.
    """
    for name in sorted(set(inputs) & set(targets)):
        yield f"inputs.{name}: a target has this name too; inputs and outputs need different names. Rename one"
    yield from _bodies(model, inputs, targets)
    yield from _unseen_columns(data, inputs, targets)
    written = Counter([*_WRITTEN_ALWAYS, *data.name_columns, *_output_columns(targets)])
    for column in sorted(column for column, times in written.items() if times > 1):
        yield (
            f"targets: two columns of the predictions would be called {column}; heads, their classes, NAME_true, "
            f"NAME_spread, the identity columns and {', '.join(_WRITTEN_ALWAYS)} need different names. Rename one"
        )
    yield from _learning(data, targets)
    yield from _balance(targets)
    yield from _selection(training.select, targets, result)
    yield from _results_as_losses(training, targets, result)
    yield from _members(data, split, ensemble)
    yield from sample_disagreements(data, targets)
    yield from result_disagreements(result, data, inputs, targets)


def _bodies(model: ModelSection, inputs: Mapping[str, InputGroup], targets: Mapping[str, Target]) -> Iterator[str]:
    """Check that every head has an existing body, and that every body has a head and the inputs it needs."""
    sets = any(map(_has_features_of_particles, inputs.values()))
    used = {target.body for target in targets.values()}
    for name, target in targets.items():
        if target.body not in model.bodies:
            hint = did_you_mean(target.body, model.bodies)
            yield f'targets.{name}.body: there is no body "{target.body}" in model.more_bodies.{hint}'
    for name, body in model.bodies.items():
        path = "model.body" if name == "body" else f"model.more_bodies.{name}"
        if name not in used:
            yield f"{path}: no head sits on this body; name it in the body of a target"
        if body.needs_particles and not sets:
            yield (
                f"{path}: {body.kind} needs an input group of kind four-vectors with features of each particle "
                f"({', '.join(sorted(_SET_FEATURES))}), or of kind particles; for flat columns use kind: dense"
            )


def _has_features_of_particles(group: InputGroup) -> bool:
    if isinstance(group, FourVectorsInput):
        return bool(group.properties or _SET_FEATURES & set(group.features))
    if not isinstance(group, ParticlesInput):
        return False
    of_vectors = () if group.four_vectors is None else group.four_vectors.features
    return bool(group.numbers or group.categories or _SET_FEATURES.intersection(of_vectors))


def _unseen_columns(
    data: DataSection, inputs: Mapping[str, InputGroup], targets: Mapping[str, Target]
) -> Iterator[str]:
    """Check that no input gives the truth away."""
    forbidden = _forbidden(data, targets)
    for name, group in inputs.items():
        for column in columns_of(group):
            for hidden, reason in forbidden.items():
                if _stands_for(column, hidden, numbered=isinstance(group, FourVectorsInput | ParticlesInput)):
                    yield f"inputs.{name}: the network may not see column {hidden}: {reason}. Leave it out."


def _learning(data: DataSection, targets: Mapping[str, Target]) -> Iterator[str]:
    """Check that some head is trained, and that rows are fixed where class balancing selects among them."""
    if not any(target.loss_weight for target in targets.values()):
        yield (
            f"targets: loss_weight is 0 for {', '.join(targets)}, so nothing would be learned. Give one of them a "
            "loss_weight above 0."
        )
    for name, target in targets.items():
        if data.generate is not None and target.chooses_rows:
            yield (
                f"targets.{name}.balance: {target.class_balance} chooses rows by their classes, and generated rows "
                "have others in every epoch. Use balance: weights."
            )


def _balance(targets: Mapping[str, Target]) -> Iterator[str]:
    """Check that at most one head determines which rows make up a batch."""
    choosing = [name for name, target in targets.items() if target.chooses_rows]
    if len(choosing) > 1:
        yield (
            f"targets: {' and '.join(choosing)} both choose the rows of training by their balance; only one head can. "
            "Use balance: weights for the others."
        )


def _selection(select: str, targets: Mapping[str, Target], result: ResultSection | None) -> Iterator[str]:
    """Check that the best epoch is chosen by a metric that is measured, or a result that is defined."""
    path = "training.select"
    if select in {"significance", "limit"} and result is None:
        yield f"{path}: {select} needs the section result, which is missing. {_ADD_RESULT}"
    if select in {"loss", "significance", "limit"}:
        return
    head, _, metric = select.partition(".")
    if head not in targets:
        yield f'{path}: there is no head "{head}".{did_you_mean(head, targets)}'
        return
    metrics = task_of(targets[head]).monitors(targets[head])
    if metric not in metrics:
        yield f'{path}: {head} has no metric "{metric}".{did_you_mean(metric, metrics)}'


def _results_as_losses(
    training: TrainingSection, targets: Mapping[str, Target], result: ResultSection | None
) -> Iterator[str]:
    """Check that a loss which is a result is defined, comes to its turn, and chooses the epoch by what it is about."""
    for name, target in targets.items():
        if not isinstance(target, BinaryTarget) or target.loss == "cross-entropy":
            continue
        path = f"targets.{name}.loss"
        if result is None:
            yield f"{path}: {target.loss} needs the section result, which is missing. {_ADD_RESULT}"
        elif result.head not in {None, name}:
            yield (
                f"{path}: {target.loss} is a result of {result.head} (result.head), and only that head can have this "
                f"loss. Use cross-entropy here, or result.head: {name}."
            )
        if training.select == "loss":
            yield (
                f"training.select: loss is the cross entropy, which {path}: {target.loss} does not minimise: the "
                f"best epoch would be one before. Use select: {target.loss}, or a metric."
            )
        if target.pretraining >= training.epochs:
            yield (
                f"targets.{name}.pretraining: {target.pretraining} of {training.epochs} epochs leave none for "
                f"loss: {target.loss}. Take fewer."
            )


def _members(data: DataSection, split: SplitSection, ensemble: EnsembleSection) -> Iterator[str]:
    """Check that bagging has several members, and that generated rows are neither split by file nor selected."""
    if data.generate is not None and isinstance(split, FilesSplit):
        yield "split: generated rows are of no file; use kind: shares"
    if data.generate is not None and data.selection is not None:
        yield "data.selection: generated rows are all alike; leave it out"
    if ensemble.bagging and ensemble.members == 1 and not split.cross_validates:
        yield "ensemble.bagging: a single member has no others to differ from; set ensemble.members"


def _forbidden(data: DataSection, targets: Mapping[str, Target]) -> dict[str, str]:
    """Return the columns that give the truth away, and why."""
    named = {name: target for name, target in targets.items() if target.column}
    reasons = {target.column: f"it is the target of targets.{name}" for name, target in named.items()}
    for name, target in targets.items():
        for condition in target.truth_conditions:
            reason = f"it defines a class of targets.{name} ({condition})"
            reasons |= dict.fromkeys(_names_in(condition) - set(reasons), reason)
    for name, expression in data.derived.items():
        uses = next((column for column in reasons if mentions(expression, column)), None)
        if uses is not None:
            reasons.setdefault(name, f"it is derived from {uses}, and {reasons[uses]}")
    for weight in data.weights:
        reasons.setdefault(weight, "it is the weight, which tells classes apart and real collisions lack")
    if data.samples:
        reasons.setdefault(SAMPLE, "it names the sample, which real collisions lack")
    return reasons


def _names_in(condition: str) -> set[str]:
    """Return the names in a condition that may be columns: all but texts and functions; and the condition itself."""
    if re.fullmatch(r"[\w.]+\[\d+\]", condition):  # a flag in an array, whose other numbers may be seen
        return {condition}
    without_texts = re.sub(r"'[^']*'", "", condition)
    names = re.findall(r'"([^"]+)"|([A-Za-z_][\w.]*)(?![\w.]|\s*\()', without_texts)
    return {condition, *(quoted or plain for quoted, plain in names)}


def _stands_for(pattern: str, column: str, *, numbered: bool) -> bool:
    """Return whether a pattern refers to this column: by name, as its element or array, or as a numbered pattern."""
    if column in (pattern, re.sub(r"\[\d+\]$", "", pattern)) or pattern == re.sub(r"\[\d+\]$", "", column):
        return True
    return numbered and column in numbers_in(pattern, [column])


def _output_columns(targets: Mapping[str, Target]) -> Iterator[str]:
    for name, target in targets.items():
        yield f"{name}_true"
        if target.protected_column:
            yield f"{name}_protected"
        for output in task_of(target).output(target).columns(name):
            yield output
            yield f"{output}_spread"
