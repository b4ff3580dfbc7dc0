"""What a person does who follows a remedy: from a program and a finding to the mended program.

The words of the remedy are followed where they name a layer, an activation, a loss or a number; where they do not, the
usual form of the treatment is taken. What only a person can mend (which label belongs to which row) is undone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import keras

from faultbench.programs import Program, with_data, with_fit, with_head, with_network
from faultbench.tasks import HEADS, ROWS

__all__ = ["TREATMENTS", "Advice", "mend"]

RATE: Final = re.compile(r"learning rate of (\d+(?:\.\d+)?(?:e-?\d+)?)")
BATCH: Final = re.compile(r"batch_size=(\d+)")
EPOCHS: Final = re.compile(r"for (\d+) epochs")
PATIENCE: Final = re.compile(r"patience=(\d+)")
UNITS: Final = re.compile(r"Dense\((\d+)")
WIDTH: Final = re.compile(r"layers of (\d+) units")
ACTIVATION: Final = re.compile(r'activation="(\w+)"')
LOSS: Final = re.compile(r"loss (\w+)")
MAX_EPOCHS: Final = 500


@dataclass(frozen=True)
class Advice:
    """A finding, as far as a treatment needs it: its symptom, cause and remedy as sentences, and layer."""

    symptom: str
    cause: str
    remedy: str
    layer: str | None = None


Treatment = Callable[[Program, Advice], Program]


def mend(program: Program, advice: Advice) -> Program | None:
    """Return the program with one remedy followed.

    Args:
        program: the faulty one.
        advice: what was found.

    Returns:
        The mended program; None where nothing is known of such a symptom.
    """
    treatment = TREATMENTS.get(advice.symptom)
    return treatment(program, advice) if treatment else None


def _number(pattern: re.Pattern[str], advice: Advice) -> float | None:
    match = pattern.search(advice.remedy)
    return float(match.group(1)) if match else None


def _output(program: Program, advice: Advice) -> Program:
    words = advice.remedy
    if "0 and 1" in words:
        program = _without(program, "plus minus labels", "percent labels")
    names = [head.name for head in program.heads]
    number = names.index(advice.layer) if advice.layer in names else 0
    if "Leave out from_logits" in words:
        return with_head(program, number, from_logits=False)
    values: dict[str, Any] = {}
    units, activation, loss = UNITS.search(words), ACTIVATION.search(words), LOSS.search(words)
    if units:
        values["units"] = int(units.group(1))
    if activation or "without activation" in words:
        values["activation"] = activation.group(1) if activation else None
    if loss:
        values["loss"] = loss.group(1)
    if values or "0 and 1" in words:
        return with_head(program, number, **values) if values else program
    heads = tuple(
        replace(head, weight=now.weight) for head, now in zip(HEADS[program.data.task], program.heads, strict=True)
    )
    return _without(replace(program, heads=heads), "plus minus labels", "percent labels")


def _without(program: Program, *changes: str) -> Program:
    return with_data(program, changes=tuple(name for name in program.data.changes if name not in changes))


def _undone(*changes: str) -> Treatment:
    return lambda program, advice: _without(program, *changes)  # noqa: ARG005


def _added(change: str) -> Treatment:
    def treatment(program: Program, advice: Advice) -> Program:  # noqa: ARG001
        return with_data(program, changes=(*program.data.changes, change))

    return treatment


def _scaled(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    if program.network.form in ("functional", "sets"):
        return with_network(program, scaling=True)
    return with_data(program, changes=(*_without(program, "scaled only in training").data.changes, "standardised"))


def _scaled_target(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    return _even_heads(with_network(program, target_scaling=True))


def _even_heads(program: Program) -> Program:
    right = HEADS[program.data.task]
    in_gev = program.data.target_units == "raw" or "tiny unit" in program.data.changes
    weights = {"mass": 1e-3 if in_gev and len(right) > 1 else 1.0}
    if "tiny unit" in program.data.changes:
        weights["mass"] *= 1e-4 if program.data.target_units == "order one" else 1e-8
    return replace(program, heads=tuple(replace(h, weight=weights.get(h.name, 1.0)) for h in program.heads))


def _weights(program: Program, advice: Advice) -> Program:
    if _number(RATE, advice):
        return _rate(program, advice)
    good = {"relu": "he_normal", "selu": "lecun_normal"}.get(program.network.activation or "", "glorot_uniform")
    return with_network(program, kernel=good, bias="zeros", head_kernel="glorot_uniform")


def _self_normalising(program: Program, advice: Advice) -> Program:
    program = _weights(program, advice)
    keep = program.network.dropout if program.network.dropout <= 0.1 else 0.0
    return with_network(program, dropout=keep, dropout_layer="AlphaDropout")


def _activation(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    return with_network(program, activation="relu")


def _relu(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    return with_network(program, activation="relu", kernel="he_normal", head_kernel="glorot_uniform")


def _dropout_place(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    rate = min(program.network.dropout, 0.3)
    return with_network(program, output_dropout=0.0, dropout_first=False, dropout=rate)


def _weaker(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    network = program.network
    return with_network(
        program,
        dropout=min(network.dropout, 0.1),
        output_dropout=0.0,
        l1=0.0,
        l2=min(network.l2, 1e-4),
    )


def _usual_rate(program: Program) -> float:
    return 0.05 if program.fit.momentum else float(getattr(keras.optimizers, program.fit.optimizer)().learning_rate)


def _rate(program: Program, advice: Advice) -> Program:
    rate = _number(RATE, advice)
    momentum = min(program.fit.momentum, 0.9)
    fit = replace(program.fit, rate=rate, momentum=momentum, clipnorm=None)
    usual = fit.rate if fit.rate is not None else _usual_rate(replace(program, fit=fit))
    schedule = "constant" if program.fit.schedule == "dies at once" else program.fit.schedule
    return replace(program, fit=replace(fit, rate=usual, schedule=schedule))


def _longer(program: Program, advice: Advice) -> Program:
    if _number(RATE, advice):
        program = _rate(program, advice)
    batch, epochs = _number(BATCH, advice), _number(EPOCHS, advice)
    if batch:
        program = with_fit(program, batch=int(batch))
    if epochs:
        program = with_fit(program, epochs=min(int(epochs), MAX_EPOCHS))
    if advice.remedy and (batch or epochs or _number(RATE, advice)):
        return program
    return with_fit(program, batch=min(program.fit.batch or 32, 64), epochs=max(program.fit.epochs * 10, 20))


def _batch(program: Program, advice: Advice) -> Program:
    batch = _number(BATCH, advice)
    program = _rate(program, advice) if _number(RATE, advice) else program
    return with_fit(program, batch=int(batch) if batch else None)


def _trainable(program: Program, advice: Advice) -> Program:
    if not program.network.trainable:
        return with_network(program, trainable=True)
    return _rate(program, advice)


def _more_units(program: Program, advice: Advice) -> Program:
    width = _number(WIDTH, advice)
    if width is None and _number(RATE, advice):
        return _rate(with_fit(program, optimizer="Adam", momentum=0.0), advice)
    return with_network(program, widths=tuple(max(one, int(width or 32)) for one in program.network.widths))


def _stopped(program: Program, advice: Advice) -> Program:
    return with_fit(program, patience=int(_number(PATIENCE, advice) or 5), validation="data")


def _more_rows(program: Program, advice: Advice) -> Program:
    usual = ROWS[program.data.task]
    if program.data.rows >= 400:
        return _stopped(program, advice)
    return with_data(_stopped(program, advice), rows=usual)


def _class_weights(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    return with_fit(program, balanced="class weights")


def _mixed(program: Program, advice: Advice) -> Program:  # noqa: ARG001
    return with_fit(_with(_without(program, "sorted rows"), "shuffled rows"), shuffle=True)


def _with(program: Program, change: str) -> Program:
    return with_data(program, changes=(*program.data.changes, change))


def _alike(program: Program, advice: Advice) -> Program:
    if "sorted rows" in program.data.changes:
        return _mixed(program, advice)
    return _with(_without(program, "scaled only in training"), "standardised")


def _balanced_heads(program: Program, advice: Advice) -> Program:
    return _scaled_target(program, advice) if "tiny unit" in program.data.changes else _even_heads(program)


def _by_names(pairs: Iterable[tuple[tuple[str, ...], Treatment]]) -> Mapping[str, Treatment]:
    return MappingProxyType({name: treatment for names, treatment in pairs for name in names})


TREATMENTS: Final = _by_names(
    (
        (("output and loss",), _output),
        (("features not scaled", "saturation"), _scaled),
        (("targets not scaled",), _scaled_target),
        (("features not finite",), _added("imputed")),
        (("leak",), _undone("leak", "copied into validation")),
        (("duplicates",), _undone("copied into validation")),
        (("labels shuffled",), _undone("shuffled labels")),
        (("label noise",), _undone("flipped labels")),
        (("drowned head",), _balanced_heads),
        (("class imbalance", "bias to one class"), _class_weights),
        (("rows in order",), _mixed),
        (("validation differs from training",), _alike),
        (("initial weights", "exploding gradients", "dead units"), _weights),
        (("hidden layers without activation", "hidden activation"), _activation),
        (("vanishing gradients",), _relu),
        (("selu",), _self_normalising),
        (("dropout placement",), _dropout_place),
        (("regularisation too strong",), _weaker),
        (("underfitting",), _more_units),
        (("overtraining",), _stopped),
        (("too few rows",), _more_rows),
        (("weights do not change",), _trainable),
        (("learning rate too high", "learning rate too low", "oscillation", "not finite"), _rate),
        (("momentum too high", "clipping too strong"), _rate),
        (("too slow", "too few epochs", "stuck"), _longer),
        (("batch size", "noisy gradients"), _batch),
    )
)
