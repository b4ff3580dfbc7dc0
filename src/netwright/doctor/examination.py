"""The static part: what can be said of a model and its rows before any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.doctor.case import Case, LayerVitals, Vitals
from netwright.doctor.diagnosis import diagnose_heads
from netwright.doctor.head_cases import heads_after, heads_before
from netwright.doctor.quantities.architecture import architecture_of
from netwright.doctor.quantities.objective import objective_of
from netwright.doctor.quantities.rows import rows_of, unpack_validation, weigh_classes
from netwright.doctor.quantities.vitals import layer_vitals, weights_of
from netwright.finding import Finding

__all__ = ["case_before", "examine_model", "not_measured", "weights_only"]


def examine_model(
    model: Any,  # noqa: ANN401  # Keras has no types
    x: Any,  # noqa: ANN401
    y: Any = None,  # noqa: ANN401
    sample_weight: Any = None,  # noqa: ANN401
    validation_data: Any = None,  # noqa: ANN401
) -> list[Finding]:
    """Examine a model and its rows without training.

    Args:
        model: a Keras model, compiled as for ``fit``.
        x: inputs as for ``fit``, shape ``(rows, ...)``, in the units that the model gets.
        y: targets as for ``fit``; None where there are none.
        sample_weight: weights of the rows, shape ``(rows,)``, dimensionless.
        validation_data: as for ``fit``.

    Returns:
        Findings, most likely cause first; none where all is well.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="softmax")])
        >>> model.compile(loss="binary_crossentropy")
        >>> x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
        >>> examine_model(model, x, y)[0].cause
        'The output activation is wrong.'
    """
    case, notes = case_before(model, x, y, sample_weight, validation_data)
    return [*diagnose_heads(heads_after(heads_before(model, case), case)), *notes]


def case_before(
    model: Any,  # noqa: ANN401
    x: Any,  # noqa: ANN401
    y: Any,  # noqa: ANN401
    sample_weight: Any,  # noqa: ANN401
    validation_data: Any,  # noqa: ANN401
    *,
    class_weight: Mapping[int, float] | None = None,
) -> tuple[Case, list[Finding]]:
    """Collect what is known of a model and its rows before the training, and note what is not.

    Args:
        model: a Keras model.
        x: inputs as for ``fit``.
        y: targets as for ``fit``.
        sample_weight: weights of the rows.
        validation_data: as for ``fit``.
        class_weight: of ``fit``: weight of each class; None where there is none.

    Returns:
        The case, and a note for each thing that could not be measured.
    """
    notes = []
    architecture = architecture_of(model)
    tokens = any(layer.kind in {"Embedding", "TextVectorization", "StringLookup"} for layer in architecture.layers)
    rows = rows_of(x, y, sample_weight, tokens=tokens)
    rows = weigh_classes(rows, class_weight) if rows is not None and class_weight else rows
    if rows is None:
        notes.append(not_measured("the rows", "they are no arrays of numbers with at least one row"))
    elif rows.target is None:
        notes.append(not_measured("the targets", "there are none, or they are no numbers"))
    if not getattr(model, "compiled", False):
        notes.append(not_measured("loss and optimiser", "the model is not compiled"))
    if not model.built:
        notes.append(not_measured("the initial weights", "the model has no input shape yet"))
    validation = rows_of(*unpack_validation(validation_data), tokens=tokens) if validation_data is not None else None
    validation = weigh_classes(validation, class_weight) if validation is not None and class_weight else validation
    case = Case(
        architecture=architecture,
        objective=objective_of(model, class_weight=class_weight is not None),
        rows=rows,
        validation=validation,
        vitals=(weights_only(model),) if model.built else (),
    )
    return case, notes


def weights_only(model: Any) -> Vitals:  # noqa: ANN401
    """Measure what weights alone tell.

    Args:
        model: a built Keras model.

    Returns:
        The vitals before the first epoch, without activations and gradients.
    """
    layers: tuple[LayerVitals, ...] = tuple(
        layer_vitals(name, None, weights, [], activation=None) for name, weights in weights_of(model).items()
    )
    return Vitals(0, layers)


def not_measured(subject: str, reason: str) -> Finding:
    """Return a note that something could not be measured.

    Example:
        >>> not_measured("the rows", "they are a generator").sentence
        'Not measured: the rows, because they are a generator.'
    """
    return Finding("not measured", "NOTE", f"Not measured: {subject}, because {reason}.")
