"""Faults of layers: activations, initial weights, size, regularisation."""

from __future__ import annotations

from typing import Final

from faultbench.faults.fault import ALL, BIG, Edit, Fault
from faultbench.programs import Program, with_data, with_fit, with_network

__all__ = ["FAULTS"]

INITIAL: Final = frozenset({"initial weights"})


def _network(**values: object) -> Edit:
    return lambda program: with_network(program, **values)


def _deep(program: Program) -> Program:
    return with_network(program, widths=(24,) * 8, kernel="he_normal", activation="relu")


def _wide(program: Program) -> Program:
    return with_network(program, widths=(256, 256), l2=0.0)


def _self_normalising(program: Program) -> Program:
    return with_network(program, widths=(24,) * 8, kernel="lecun_normal", activation="selu")


def _few_rows(program: Program) -> Program:
    return with_fit(with_data(_wide(program), rows=60), epochs=200)


def _few_rows_stopped(program: Program) -> Program:
    program = with_fit(with_data(_wide(program), rows=400), epochs=150, validation="data", schedule="constant")
    return with_fit(program, patience=4, batch=32)


def _never_stopped(program: Program) -> Program:
    return with_fit(program, patience=None)


def _normalised(program: Program) -> Program:
    return with_network(program, batch_norm=True, dropout=0.3)


FAULTS: Final = (
    Fault(
        "no activation in hidden layers",
        "Linear layers on top of each other are one linear layer.",
        frozenset({"hidden layers without activation"}),
        _network(activation=None),
        before=True,
    ),
    Fault(
        "softmax in hidden layers",
        "Softmax in a hidden layer shares one unit of output among all units.",
        frozenset({"hidden activation", "vanishing gradients"}),
        _network(activation="softmax"),
        before=True,
    ),
    Fault("zero initial weights", "All weights start at zero.", INITIAL, _network(kernel="zeros"), before=True),
    Fault(
        "equal initial weights",
        "All weights of a layer are equal, so all of its units stay equal.",
        INITIAL,
        _network(kernel="constant 0.1"),
        before=True,
    ),
    Fault(
        "huge initial weights",
        "Weights start so large that tanh is saturated everywhere.",
        INITIAL | {"saturation"},
        _network(kernel="random_normal 6.0"),
        healthy=_network(activation="tanh"),
        before=True,
    ),
    Fault(
        "a deep network with large initial weights",
        "Signals and gradients grow from layer to layer.",
        INITIAL | {"exploding gradients"},
        _network(kernel="random_normal 1.0", head_kernel="random_normal 1.0"),
        healthy=_deep,
        tasks=ALL - {"xor"},
        before=True,
    ),
    Fault(
        "a deep network with tiny initial weights",
        "Signals and gradients shrink from layer to layer.",
        INITIAL | {"vanishing gradients"},
        _network(kernel="random_normal 0.001"),
        healthy=_deep,
        tasks=ALL - {"xor"},
        before=True,
    ),
    Fault(
        "a deep network of sigmoids",
        "Each sigmoid takes at least three quarters of the gradient.",
        frozenset({"vanishing gradients", "hidden activation"}),
        _network(activation="sigmoid", kernel="glorot_uniform"),
        healthy=_deep,
        tasks=ALL - {"xor"},
    ),
    Fault(
        "units that are dead from the start",
        "Biases are so negative that ReLU gives zero for every row.",
        INITIAL | {"dead units"},
        _network(bias="constant -10"),
        healthy=_network(activation="relu"),
        tasks=ALL - {"xor"},
        before=True,
    ),
    Fault(
        "SELU with other initial weights and dropout",
        "SELU needs LeCun normal weights and AlphaDropout.",
        frozenset({"selu"}),
        _network(kernel="random_normal 0.6", dropout=0.5),
        healthy=_self_normalising,
        tasks=BIG,
        before=True,
    ),
    Fault(
        "dropout on the output",
        "Half of all predictions are set to zero in training.",
        frozenset({"dropout placement"}),
        _network(output_dropout=0.5),
        before=True,
    ),
    Fault(
        "dropout before batch normalisation",
        "Batch normalisation learns a variance that predictions do not have.",
        frozenset({"dropout placement"}),
        _network(dropout_first=True, dropout=0.8),
        healthy=_normalised,
        tasks=BIG,
        before=True,
    ),
    Fault(
        "dropout of nearly everything",
        "Of twenty units one is left.",
        frozenset({"regularisation too strong"}),
        _network(dropout=0.95),
    ),
    Fault("a large L2", "The penalty outweighs the loss.", frozenset({"regularisation too strong"}), _network(l2=1.0)),
    Fault("a large L1", "The penalty outweighs the loss.", frozenset({"regularisation too strong"}), _network(l1=0.3)),
    Fault(
        "one unit a layer",
        "Too few units to tell the classes apart.",
        frozenset({"underfitting"}),
        _network(widths=(1, 1)),
    ),
    Fault(
        "few rows for many weights",
        "Sixty rows for seventy thousand weights.",
        frozenset({"too few rows", "overtraining"}),
        _few_rows,
        healthy=_network(l2=0.0),
        tasks=BIG,
    ),
    Fault(
        "trained long after the best epoch",
        "The network learns its rows by heart.",
        frozenset({"overtraining", "too few rows"}),
        _never_stopped,
        healthy=_few_rows_stopped,
        tasks=BIG,
    ),
    Fault(
        "frozen layers",
        "Nothing is trained.",
        frozenset({"weights do not change"}),
        _network(trainable=False),
        before=True,
    ),
)
