"""Faults of outputs, losses and labels that do not fit each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from faultbench.faults.fault import BINARY, CLASSES, HEADS, REGRESSION, SEVERAL, Fault, regression_head
from faultbench.programs import Program, with_data, with_fit, with_head

__all__ = ["FAULTS"]

MISMATCH: Final = frozenset({"output and loss"})


def _sigmoid_regression(program: Program) -> Program:
    return with_head(program, regression_head(program), activation="sigmoid")


def _cross_entropy_regression(program: Program) -> Program:
    return with_head(program, regression_head(program), loss="binary_crossentropy")


def _relu_output(program: Program) -> Program:
    return with_head(program, 0, activation="relu")


def _softmax_of_one(program: Program) -> Program:
    return with_head(program, 0, activation="softmax")


def _linear_output(program: Program) -> Program:
    return with_head(program, 0, activation=None)


def _squashed_twice(program: Program) -> Program:
    return with_head(program, 0, from_logits=True)


def _class_number(program: Program) -> Program:
    return _one_unit(program, None, "mean_squared_error")


def _one_sigmoid(program: Program) -> Program:
    return _one_unit(program, "sigmoid", "binary_crossentropy")


def _one_unit(program: Program, activation: str | None, loss: str) -> Program:
    return with_head(program, 0, units=1, activation=activation, loss=loss)


def _plus_minus(program: Program) -> Program:
    return with_data(program, changes=(*program.data.changes, "plus minus labels"))


def _percent(program: Program) -> Program:
    return with_data(program, changes=(*program.data.changes, "percent labels"))


def _drowned(program: Program) -> Program:
    heads = (replace(program.heads[0], weight=1e-5 * program.heads[0].weight), *program.heads[1:])
    return replace(program, heads=heads)


def _drowning(program: Program) -> Program:
    heads = (program.heads[0], replace(program.heads[1], weight=1e5 * program.heads[1].weight))
    return replace(program, heads=heads)


def _frequent_class(program: Program) -> Program:
    return with_data(program, changes=(*program.data.changes, "rare class"))


def _weighted(program: Program) -> Program:
    return with_fit(_frequent_class(program), balanced="class weights", epochs=program.fit.epochs)


def _unweighted(program: Program) -> Program:
    return with_fit(program, balanced="no")


FAULTS: Final = (
    Fault(
        "sigmoid at the end of a regression",
        "The output can only be between 0 and 1, the targets are elsewhere too.",
        MISMATCH,
        _sigmoid_regression,
        tasks=REGRESSION,
        before=True,
    ),
    Fault(
        "cross entropy for a regression",
        "Binary cross entropy is no loss for targets that are numbers.",
        MISMATCH,
        _cross_entropy_regression,
        tasks=REGRESSION,
        before=True,
    ),
    Fault(
        "relu at the output of classes",
        "ReLU gives no probabilities; cross entropy needs them.",
        MISMATCH,
        _relu_output,
        tasks=CLASSES,
        before=True,
    ),
    Fault(
        "softmax over one unit",
        "Softmax of one number is always 1.",
        MISMATCH,
        _softmax_of_one,
        tasks=BINARY,
        before=True,
    ),
    Fault(
        "linear output with cross entropy",
        "The loss takes probabilities and gets any number.",
        MISMATCH,
        _linear_output,
        tasks=CLASSES,
        before=True,
    ),
    Fault(
        "probabilities taken for logits",
        "The output has its sigmoid or softmax, and the loss applies another (from_logits=True).",
        MISMATCH,
        _squashed_twice,
        tasks=CLASSES,
        before=True,
    ),
    Fault(
        "the number of the class as a regression",
        "Classes have no order; one linear unit with a squared error gives them one.",
        MISMATCH,
        _class_number,
        tasks=SEVERAL,
        before=True,
    ),
    Fault(
        "one sigmoid for several classes",
        "Binary cross entropy with labels above 1 and one unit.",
        MISMATCH,
        _one_sigmoid,
        tasks=SEVERAL,
        before=True,
    ),
    Fault(
        "labels of -1 and +1 for a sigmoid",
        "Labels are outside of the range of the output.",
        MISMATCH,
        _plus_minus,
        tasks=BINARY,
        before=True,
    ),
    Fault(
        "labels in percent for a sigmoid",
        "Labels are outside of the range of the output.",
        MISMATCH,
        _percent,
        tasks=BINARY,
        before=True,
    ),
    Fault(
        "a head whose loss counts too little",
        "The loss of one head drowns that of the other.",
        frozenset({"drowned head"}),
        _drowned,
        tasks=HEADS,
    ),
    Fault(
        "a head whose loss counts too much",
        "The loss of one head drowns that of the other.",
        frozenset({"drowned head"}),
        _drowning,
        tasks=HEADS,
    ),
    Fault(
        "a rare class without weights",
        "One class is so rare that the network does best to forget it.",
        frozenset({"class imbalance", "bias to one class"}),
        _unweighted,
        healthy=_weighted,
        tasks=frozenset({"binary", "multiclass", "circles", "flowers", "unequal"}),
        skill="balanced",
        before=True,
    ),
)
