"""Faults of rows: units, missing values, pairs of inputs and labels, order."""

from __future__ import annotations

from typing import Final

from faultbench.faults.fault import ALL, BIG, CLASSES, HEADS, REGRESSION, Edit, Fault
from faultbench.programs import Program, with_data, with_fit, with_network

__all__ = ["FAULTS"]

NOT_SCALED: Final = frozenset({"features not scaled"})
MANY: Final = ALL - {"xor"}


def _change(name: str) -> Edit:
    return lambda program: with_data(program, changes=(*program.data.changes, name))


def _raw_features(program: Program) -> Program:
    return with_data(with_network(program, scaling=False), feature_units="raw")


def _tanh(program: Program) -> Program:
    return with_network(program, activation="tanh")


def _tiny_unit(program: Program) -> Program:
    return _change("tiny unit")(with_network(program, target_scaling=False))


def _validated(program: Program) -> Program:
    return with_fit(program, validation="data")


def _standardised(program: Program) -> Program:
    program = with_data(with_network(program, scaling=False), feature_units="raw")
    return _validated(_change("standardised")(program))


def _scaled_only_in_training(program: Program) -> Program:
    return with_data(program, changes=(*program.data.changes[:-1], "scaled only in training"))


def _mixed(program: Program) -> Program:
    return with_fit(_change("shuffled rows")(program), shuffle=True)


def _sorted(program: Program) -> Program:
    return with_data(program, changes=(*program.data.changes[:-1], "sorted rows"))


def _sorted_not_shuffled(program: Program) -> Program:
    return with_fit(_sorted(program), shuffle=False)


def _not_split(program: Program) -> Program:
    return with_fit(_mixed(program), validation="data")


def _prone(program: Program) -> Program:
    program = with_data(with_network(program, widths=(64, 64), l2=0.0), rows=500)
    return with_fit(program, validation="data", epochs=40, patience=None, schedule="constant")


FAULTS: Final = (
    Fault(
        "features in raw units",
        "Features are in GeV or the like, on very different scales, and no layer scales them.",
        NOT_SCALED,
        _raw_features,
        before=True,
    ),
    Fault(
        "one column in another unit",
        "One column is a hundred thousand times as large as the others.",
        NOT_SCALED,
        _change("one column huge"),
        styles=("script",),
        before=True,
    ),
    Fault(
        "large inputs to tanh",
        "Inputs of hundreds saturate every unit of the first layer.",
        NOT_SCALED,
        _change("big inputs"),
        healthy=_tanh,
        styles=("script",),
        before=True,
    ),
    Fault(
        "missing values",
        "Some features are NaN.",
        frozenset({"features not finite"}),
        _change("missing values"),
        before=True,
    ),
    Fault(
        "an infinite value",
        "Some features are infinite.",
        frozenset({"features not finite"}),
        _change("infinite value"),
        styles=("script",),
        before=True,
    ),
    Fault(
        "targets in a tiny unit",
        "Targets are ten thousand times as large as what the network gives at first.",
        frozenset({"targets not scaled", "drowned head"}),
        _tiny_unit,
        tasks=REGRESSION,
        before=True,
    ),
    Fault(
        "a column that knows the answer",
        "A column holds the target where it is trained and nothing where it is used.",
        frozenset({"leak"}),
        _change("leak"),
        healthy=_change("useless column"),
        tasks=MANY - HEADS,
        before=True,
    ),
    Fault(
        "labels in another order",
        "Inputs and labels were shuffled apart.",
        frozenset({"labels shuffled"}),
        _change("shuffled labels"),
        tasks=MANY,
        before=True,
    ),
    Fault(
        "two fifths of the labels drawn at random",
        "Many labels are wrong.",
        frozenset({"label noise"}),
        _change("flipped labels"),
        tasks=MANY,
    ),
    Fault(
        "rows sorted by class, the last fifth for validation",
        "Training and validation have different classes.",
        frozenset({"rows in order", "validation differs from training"}),
        _sorted,
        healthy=_mixed,
        tasks=(CLASSES | {"mass", "sine", "tail"}) - {"xor"},
        styles=("script",),
        before=True,
    ),
    Fault(
        "rows sorted by class and not shuffled",
        "Each batch holds one class.",
        frozenset({"rows in order"}),
        _sorted_not_shuffled,
        healthy=_not_split,
        tasks=MANY,
        before=True,
    ),
    Fault(
        "validation and use without the scaling of the training",
        "Only the training rows are standardised.",
        frozenset({"validation differs from training"}),
        _scaled_only_in_training,
        healthy=_standardised,
        tasks=MANY,
        styles=("script",),
        before=True,
    ),
    Fault(
        "validation rows that were trained on",
        "Nine tenths of the validation rows are copies of training rows.",
        frozenset({"duplicates", "leak"}),
        _change("copied into validation"),
        healthy=_prone,
        tasks=BIG,
        skill="honesty",
        before=True,
    ),
)
