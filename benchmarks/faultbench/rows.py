"""Rows for training, validation and test of each task, drawn with NumPy from formulas that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from faultbench.changes import CHANGES
from faultbench.jets import jets
from faultbench.parts import Part, Rows, Table
from faultbench.programs import Data

__all__ = ["GENERATORS", "draw"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Generator:
    """How rows of a task are drawn.

    Args:
        table: from a number of rows and a source of random numbers.
        test: rows for the test; 0 tests on the training rows themselves (there are no others).
        valid: rows for validation.
    """

    table: Callable[[int, np.random.Generator], Table]
    test: int = 2000
    valid: int = 512


def binary(rows: int, random: np.random.Generator) -> Table:
    """Signal or background from eight columns; two of them only matter together (as z0·z1)."""
    z = random.normal(size=(rows, 8))
    logit = 2.5 * (z[:, 0] * z[:, 1] + 0.8 * np.sin(2 * z[:, 2]) + 0.6 * z[:, 3] - 0.5 * (z[:, 4] ** 2 - 1))
    label = random.random(rows) < 1 / (1 + np.exp(-logit))
    order_one = z * np.array([0.8, 1.0, 1.2, 0.7, 1.0, 0.9, 1.1, 1.0]) + np.array([0.5, 0, 0, 0.3, 0, -0.4, 0.2, 0])
    raw = z * np.array([25.0, 15.0, 1.2, 120.0, 0.8, 0.02, 40.0, 1.0]) + np.array([110, 91, 0, 650, 0, 0.05, 200, 0])
    return Table(order_one, raw, {"signal": label.astype(np.float64)})


def multiclass(rows: int, random: np.random.Generator) -> Table:
    """One of four processes from six columns."""
    z = random.normal(size=(rows, 6))
    logits = 3.0 * np.stack(
        [z[:, 0] * z[:, 1], z[:, 2] ** 2 - 1, 1.3 * np.sin(2 * z[:, 3]), 0.9 * z[:, 4] - 0.3 * z[:, 0]], axis=1
    )
    label = np.argmax(logits + random.gumbel(size=logits.shape), axis=1)
    order_one = z * np.array([1.0, 0.8, 1.1, 1.0, 1.2, 0.9]) + np.array([0, 0.3, 0, -0.2, 0.4, 0])
    raw = z * np.array([30.0, 18.0, 1.1, 0.9, 150.0, 0.03]) + np.array([120, 80, 0, 0, 700, 0.1])
    return Table(order_one, raw, {"process": label.astype(np.float64)})


def mass(rows: int, random: np.random.Generator) -> Table:
    """Invariant mass of two photons: m = sqrt(2 pT1 pT2 (cosh Δη - cos Δφ)), smeared by 4%."""
    pt = 45 * np.exp(0.4 * random.normal(size=(rows, 2)))  # GeV
    delta_eta = 0.7 * random.normal(size=rows)
    delta_phi = 2.0 + 0.6 * random.normal(size=rows)  # rad
    true = np.sqrt(2 * pt[:, 0] * pt[:, 1] * (np.cosh(delta_eta) - np.cos(delta_phi)))  # GeV
    seen = true * (1 + 0.04 * random.normal(size=rows))
    noise = random.normal(size=(rows, 2))
    order_one = np.column_stack([pt / 50, delta_eta, delta_phi, noise])
    raw = np.column_stack([pt, delta_eta, delta_phi, 30 + 8 * noise[:, 0], 1500 + 400 * noise[:, 1]])
    return Table(order_one, raw, {"mass": seen / 100}, {"mass": seen})


def exclusive_or(rows: int, random: np.random.Generator) -> Table:  # noqa: ARG001 - the four rows are what they are
    """The four rows of XOR."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Table(x, 100 * x, {"xor": np.array([0.0, 1.0, 1.0, 0.0])})


def circles(rows: int, random: np.random.Generator) -> Table:
    """Two circles, one in the other, with noise."""
    inner = random.random(rows) < 0.5
    angle = random.uniform(0, 2 * np.pi, rows)
    x = np.where(inner, 0.5, 1.2)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    x = x + 0.12 * random.normal(size=x.shape)
    return Table(x, 300 + 100 * x, {"inner": inner.astype(np.float64)})


def flowers(rows: int, random: np.random.Generator) -> Table:
    """Three species of flowers from four lengths in cm; two species overlap a little."""
    label = random.integers(0, 3, rows)
    centres = np.array([[5.0, 3.4, 1.5, 0.25], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.5, 2.0]])
    widths = np.array([[0.35, 0.38, 0.17, 0.10], [0.51, 0.31, 0.47, 0.20], [0.63, 0.32, 0.55, 0.27]])
    lengths = centres[label] + widths[label] * random.normal(size=(rows, 4))
    return Table(lengths - np.array([5.8, 3.0, 3.8, 1.2]), lengths * 1e3, {"species": label.astype(np.float64)})


def sine(rows: int, random: np.random.Generator) -> Table:
    """A curve with noise, from one column."""
    x = random.uniform(-3, 3, rows)
    y = np.sin(x) + 0.1 * random.normal(size=rows)
    return Table(x[:, None], 500 + 200 * x[:, None], {"height": y}, {"height": 1000 * y + 4000})


def hard(rows: int, random: np.random.Generator) -> Table:
    """Signal or background that overlap so much that no classifier has an AUC above about 0.65."""
    z = random.normal(size=(rows, 8))
    logit = 0.45 * z[:, 0] - 0.3 * z[:, 1] + 0.2 * z[:, 2] * z[:, 3]
    label = random.random(rows) < 1 / (1 + np.exp(-logit))
    return Table(z, 100 + 50 * z, {"signal": label.astype(np.float64)})


def noisy(rows: int, random: np.random.Generator) -> Table:
    """A regression where nine tenths of the variance are noise."""
    z = random.normal(size=(rows, 5))
    y = z[:, 0] + 0.5 * np.sin(2 * z[:, 1]) + 3.2 * random.normal(size=rows)
    return Table(z, 100 + 50 * z, {"energy": y / 3}, {"energy": 50 * y + 200})


def unequal(rows: int, random: np.random.Generator) -> Table:
    """One of three classes of very unequal frequency from seven columns."""
    z = random.normal(size=(rows, 7))
    logits = 2.5 * np.stack([0.5 + 0.8 * z[:, 0] - 0.5 * z[:, 1], z[:, 2] * z[:, 3] - 0.1, z[:, 4] ** 2 - 1.6], axis=1)
    label = np.argmax(logits + random.gumbel(size=logits.shape), axis=1)
    order_one = z * np.array([1.1, 0.7, 1.0, 1.0, 1.2, 0.9, 0.5]) + np.array([0, 0.6, 0, 0, 0, -0.3, 0.2])
    raw = z * np.array([12.0, 3.0, 1.1, 0.9, 400.0, 0.01, 20.0]) + np.array([60, 15, 0, 0, 900, 0.04, 80])
    return Table(order_one, raw, {"grade": label.astype(np.float64)})


def tail(rows: int, random: np.random.Generator) -> Table:
    """A regression on few rows whose targets have a long tail and errors of 15%."""
    z = random.normal(size=(rows, 5))
    y = np.exp(0.55 * z[:, 0] + 0.35 * z[:, 1] * z[:, 2] - 0.3 * z[:, 3]) * np.exp(0.15 * random.normal(size=rows))
    raw = np.column_stack([np.exp(3 + 0.5 * z[:, 0]), 30 + 9 * z[:, 1], 4 * z[:, 2], 250 + 60 * z[:, 3], z[:, 4]])
    return Table(z, raw, {"price": y}, {"price": 180 * y})


def pair(rows: int, random: np.random.Generator) -> Table:
    """A label and an energy from the same six columns."""
    z = random.normal(size=(rows, 6))
    energy = 0.8 * z[:, 0] + 0.6 * z[:, 1] * z[:, 2] + 0.5 * np.sin(2 * z[:, 3]) + 0.15 * random.normal(size=rows)
    label = random.random(rows) < 1 / (1 + np.exp(-3 * (z[:, 4] + 0.7 * z[:, 0] * z[:, 5])))
    order_one = z * np.array([0.9, 1.0, 1.1, 1.0, 0.8, 1.0]) + np.array([0.2, 0, 0, 0, 0.4, 0])
    raw = z * np.array([35.0, 2.0, 1.1, 0.9, 250.0, 0.02]) + np.array([140, 0, 0, 0, 900, 0])
    return Table(order_one, raw, {"signal": label.astype(np.float64), "energy": energy}, {"energy": 80 + 30 * energy})


GENERATORS: Final[Mapping[str, Generator]] = MappingProxyType(
    {
        "binary": Generator(binary),
        "multiclass": Generator(multiclass),
        "mass": Generator(mass),
        "jets": Generator(jets),
        "xor": Generator(exclusive_or, test=0, valid=0),
        "circles": Generator(circles, test=1000, valid=128),
        "flowers": Generator(flowers, test=1000, valid=64),
        "sine": Generator(sine, test=1000, valid=64),
        "hard": Generator(hard),
        "noisy": Generator(noisy),
        "unequal": Generator(unequal, valid=256),
        "tail": Generator(tail, valid=64),
        "pair": Generator(pair),
    }
)


def draw(data: Data, seed: int) -> Rows:
    """Draw the rows of a program.

    Args:
        data: which.
        seed: of the program; the same gives the same rows.

    Returns:
        Rows for training, validation and test.
    """
    generator = GENERATORS[data.task]
    random = np.random.default_rng([seed, *data.task.encode()])
    train = _part(generator.table(data.rows, random), data)
    valid = _part(generator.table(generator.valid, random), data) if generator.valid else train
    test = _part(generator.table(generator.test, random), data) if generator.test else train
    rows = Rows(train, valid, test)
    for number, name in enumerate(data.changes):
        rows = CHANGES[name](rows, np.random.default_rng([seed, number, 77]))
    return rows


def _part(table: Table, data: Data) -> Part:
    x = table.order_one if data.feature_units == "order one" else table.raw
    targets = table.targets if data.target_units == "order one" else {**table.targets, **table.raw_targets}
    return Part(x.astype(np.float32), {name: value.astype(np.float32) for name, value in targets.items()})
