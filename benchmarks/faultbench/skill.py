"""How good a trained network is, on one scale for all tasks: 1 is perfect, 0 is as good as knowing nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from faultbench.parts import Part, Rows
from faultbench.programs import Head, Program

__all__ = ["MEASURES", "balanced_skill", "head_skill", "probabilities", "skills"]

Floats = NDArray[np.float64]
WORST: Final = -1.0
MEASURES: Final = ("quality", "balanced", "honesty")


def skills(model: keras.Model, program: Program, rows: Rows) -> dict[str, float]:
    """Return three measures of a trained network.

    With S the mean square of (prediction - truth), for classes of (probability - one-hot truth), the Brier score, and
    S0 that of the mean of the rows:

    - quality: 1 - S/S0 on the test rows, the R² of a regression;
    - balanced: balanced accuracy A on the test rows, moved so that guessing among K has 0: (A - 1/K) / (1 - 1/K);
    - honesty: 1 minus the amount by which the quality on the validation rows promises more than the test holds.

    All are means over heads, at least -1.

    Args:
        model: trained.
        program: it was trained by.
        rows: for validation and test.

    Returns:
        The measures by their names.
    """
    x = np.concatenate([rows.valid.x, rows.test.x])
    outputs = _by_head(program, model.predict(x, verbose=0, batch_size=len(x)))
    cut = len(rows.valid.x)
    valid = {name: output[:cut] for name, output in outputs.items()}
    test = {name: output[cut:] for name, output in outputs.items()}
    quality = _mean_over_heads(program, test, rows.test, head_skill)
    promised = _mean_over_heads(program, valid, rows.valid, head_skill)
    return {
        "quality": quality,
        "balanced": _mean_over_heads(program, test, rows.test, balanced_skill),
        "honesty": 1 - max(promised - quality, 0.0),
    }


def _mean_over_heads(
    program: Program, outputs: Mapping[str, Floats], part: Part, skill: Callable[[Head, Floats, Floats], float]
) -> float:
    values = [skill(head, outputs[head.name], part.y[head.name].astype(float)) for head in program.heads]
    return float(np.mean(values))


def _by_head(program: Program, predicted: Any) -> dict[str, Floats]:  # noqa: ANN401 - as Keras predicts
    if isinstance(predicted, Mapping):
        return {name: np.asarray(value, float) for name, value in predicted.items()}
    if len(program.heads) == 1:
        return {program.heads[0].name: np.asarray(predicted, float)}
    return {head.name: np.asarray(one, float) for head, one in zip(program.heads, predicted, strict=True)}


def head_skill(head: Head, output: Floats, truth: Floats) -> float:
    """Return 1 - S/S0 of one head, at least -1.

    Args:
        head: whose kind says what the truth is.
        output: of the network, shape (N, units).
        truth: shape (N,).

    Returns:
        The skill, dimensionless; -1 where an output is not finite.
    """
    if not np.isfinite(output).all():
        return WORST
    if head.kind == "regression":
        guess, wanted = output[:, :1], truth[:, None]
    else:
        guess, wanted = probabilities(head, output, truth), _one_hot(truth)
    spread = np.mean((wanted - wanted.mean(0)) ** 2)
    return max(float(1 - np.mean((guess - wanted) ** 2) / spread), WORST)


def balanced_skill(head: Head, output: Floats, truth: Floats) -> float:
    """Return the balanced accuracy of one head of classes, moved so that guessing has 0."""
    if head.kind == "regression":
        return head_skill(head, output, truth)
    if not np.isfinite(output).all():
        return WORST
    chosen = probabilities(head, output, truth).argmax(1)
    classes = np.unique(truth).astype(int)
    accuracy = np.mean([np.mean(chosen[truth == label] == label) for label in classes])
    return float((accuracy - 1 / len(classes)) / (1 - 1 / len(classes)))


def probabilities(head: Head, output: Floats, truth: Floats) -> Floats:
    """Return what a user takes the output for: probabilities of each class, shape (N, K).

    A linear output whose loss knows of logits goes through its sigmoid or softmax; an output of one unit for several
    classes is taken for the number of the class.
    """
    classes = max(int(truth.max()) + 1, 2)
    if head.from_logits and head.activation is None:
        output = _softmax(output) if output.shape[1] > 1 else 1 / (1 + np.exp(-np.clip(output, -50, 50)))
    if output.shape[1] > 1:
        return np.clip(output[:, :classes], 0, 1)
    if classes == 2:
        signal = np.clip(output, 0, 1)
        return np.concatenate([1 - signal, signal], axis=1)
    return np.eye(classes)[np.clip(np.rint(output[:, 0]), 0, classes - 1).astype(int)]


def _softmax(output: Floats) -> Floats:
    powers = np.exp(output - output.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def _one_hot(truth: Floats) -> Floats:
    return np.eye(max(int(truth.max()) + 1, 2))[truth.astype(int)]
