"""The best simple model of a program's rows: what a healthy training is held against."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from faultbench.parts import Part, Rows
from faultbench.programs import Head, Program
from faultbench.skill import balanced_skill, head_skill

__all__ = ["best_simple"]

Floats = NDArray[np.float64]
PENALTIES: Final = (1e-3, 1e-1, 1.0, 10.0, 100.0)
WAVES: Final = 300


def best_simple(program: Program, rows: Rows, skill: str) -> float:
    """Return the skill on the test rows of the best of three models, the mean over heads.

    Least squares with an L2 penalty: on standardised columns, on these with all products of two (where they are at
    most twenty), and on 300 random Fourier features of them (Rahimi and Recht, 2007). The penalty is the one that does
    best on the validation rows; so is the model.

    Args:
        program: whose rows they are.
        rows: for training, validation and test.
        skill: "quality" or "balanced".

    Returns:
        The skill, dimensionless, at most 1.
    """
    measure = balanced_skill if skill == "balanced" else head_skill
    values = [_head(head, rows, program, measure is balanced_skill) for head in program.heads]
    return float(np.mean([measure(head, output, truth) for head, output, truth in values]))


def _head(head: Head, rows: Rows, program: Program, weighted: bool) -> tuple[Head, Floats, Floats]:  # noqa: FBT001
    parts = (rows.train, rows.valid, rows.test)
    truths = [part.y[head.name].astype(float) for part in parts]
    plain = Head(head.name, head.kind, 1, None, head.loss)
    wanted = _wanted(plain, truths[0])
    weights = np.ones(len(truths[0]))
    if weighted and head.kind != "regression":
        labels = truths[0].astype(int)
        weights = 1 / np.bincount(labels)[labels]
        weights = weights / weights.mean()
    best: tuple[float, Floats] | None = None
    for tables in _tables(parts, program.seed):
        for penalty in PENALTIES:
            solution = _solve(tables[0], wanted, weights, penalty)
            on_valid = head_skill(plain, tables[1] @ solution, truths[1])
            if best is None or on_valid > best[0]:
                best = on_valid, tables[2] @ solution
    return plain, best[1] if best else np.zeros((len(truths[2]), 1)), truths[2]


def _wanted(head: Head, truth: Floats) -> Floats:
    if head.kind == "classes":
        return np.eye(int(truth.max()) + 1)[truth.astype(int)]
    return truth[:, None]


def _solve(table: Floats, wanted: Floats, weights: Floats, penalty: float) -> Floats:
    square = (table * weights[:, None]).T @ table + penalty * np.eye(table.shape[1])
    return np.asarray(np.linalg.solve(square, (table * weights[:, None]).T @ wanted))


def _tables(parts: tuple[Part, Part, Part], seed: int) -> list[list[Floats]]:
    flat = [part.x.reshape(len(part.x), -1).astype(float) for part in parts]
    mean, deviation = flat[0].mean(0), flat[0].std(0) + 1e-9
    scaled = [(x - mean) / deviation for x in flat]
    tables = [[_with_one(x) for x in scaled]]
    width = scaled[0].shape[1]
    if width <= 20:
        upper = np.triu_indices(width)
        tables.append([_with_one(np.column_stack([x, (x[:, :, None] * x[:, None, :])[:, *upper]])) for x in scaled])
    random = np.random.default_rng(seed)
    for spread in (0.3, 1.0):
        waves = random.normal(size=(width, WAVES)) * spread
        phase = random.uniform(0, 2 * np.pi, WAVES)
        tables.append([_with_one(np.cos(x @ waves + phase)) for x in scaled])
    return tables


def _with_one(x: Floats) -> Floats:
    return np.column_stack([x, np.ones(len(x))])
