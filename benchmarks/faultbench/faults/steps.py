"""Faults of steps: learning rate, batch size, schedule, number of epochs."""

from __future__ import annotations

from typing import Final

from faultbench.faults.fault import ALL, BIG, Edit, Fault
from faultbench.programs import Program, with_fit

__all__ = ["FAULTS"]

HIGH: Final = frozenset({"learning rate too high"})
LOW: Final = frozenset({"learning rate too low", "too slow"})
FROZEN: Final = LOW | {"weights do not change"}


def _fit(**values: object) -> Edit:
    return lambda program: with_fit(program, **values)


def _sgd(program: Program) -> Program:
    return with_fit(program, optimizer="SGD", rate=0.05, momentum=0.9)


def _whole_batch(program: Program) -> Program:
    return with_fit(program, batch=4096)


FAULTS: Final = (
    Fault("Adam with a rate of 3", "Each step is far larger than the weights.", HIGH, _fit(rate=3.0)),
    Fault("Adam with a rate of 0.3", "Each step is as large as the weights.", HIGH, _fit(rate=0.3)),
    Fault(
        "SGD with a rate of 20",
        "Steps lead out of every minimum.",
        HIGH,
        _fit(rate=20.0),
        healthy=_sgd,
        tasks=ALL - {"xor"},
    ),
    Fault(
        "SGD with a momentum of 0.9995",
        "Steps add up over thousands of steps.",
        HIGH | {"momentum too high", "oscillation"},
        _fit(rate=0.1, momentum=0.9995),
        healthy=_sgd,
        tasks=BIG,
    ),
    Fault("Adam with a rate of 1e-6", "Steps are a thousand times too small.", LOW, _fit(rate=1e-6)),
    Fault(
        "SGD with a rate of 1e-5",
        "Steps are thousands of times too small.",
        LOW,
        _fit(rate=1e-5, momentum=0.0),
        healthy=_sgd,
        tasks=ALL - {"xor"},
    ),
    Fault(
        "gradients clipped to nothing",
        "clipnorm is so small that weights hardly change.",
        FROZEN | {"clipping too strong"},
        _fit(clipnorm=1e-5, momentum=0.0),
        healthy=_sgd,
        tasks=ALL - {"xor"},
    ),
    Fault(
        "a schedule that counts steps for epochs",
        "The learning rate is nearly zero after fifty steps.",
        FROZEN,
        _fit(schedule="dies at once"),
    ),
    Fault(
        "all rows in one batch",
        "There are as many steps as epochs: a handful.",
        LOW | {"batch size", "too few epochs"},
        _whole_batch,
        tasks=BIG,
    ),
    Fault(
        "one epoch",
        "It ends long before it has learned.",
        frozenset({"too few epochs", "too slow", "underfitting", "learning rate too low"}),
        _fit(epochs=1),
    ),
    Fault(
        "batches of one row with large steps",
        "Each step follows the noise of one row.",
        HIGH | {"noisy gradients", "batch size", "oscillation"},
        _fit(batch=1, rate=0.2, momentum=0.0, epochs=4),
        healthy=_sgd,
        tasks=BIG,
    ),
)
