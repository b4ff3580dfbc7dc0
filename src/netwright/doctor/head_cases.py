"""What the doctor knows of each head of a Keras model with several outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from netwright.doctor.case import Architecture, Array, Case, History, Rows, Vitals
from netwright.doctor.quantities.architecture import architecture_of
from netwright.doctor.quantities.heads import by_head, names_of_heads
from netwright.doctor.quantities.losses import row_losses
from netwright.doctor.quantities.objective import loss_weights_of, objective_of
from netwright.doctor.quantities.rows import rows_of
from netwright.doctor.quantities.skill import skill_of

__all__ = ["heads_after", "heads_before", "with_skill"]


def heads_before(model: Any, case: Case) -> dict[str, Case]:  # noqa: ANN401  # Keras has no types
    """Take apart what is known of a model before its training.

    Args:
        model: built or not.
        case: what is known of it, with the first output for the only one.

    Returns:
        Name of the head to its case; empty for a model with a single output, or whose outputs have no names.
    """
    weights = loss_weights_of(model)
    return {
        name: replace(
            case,
            head=name,
            counts=weights.get(name, 1.0) if weights else float("nan"),
            architecture=_architecture_of_head(model, name, case.architecture),
            objective=objective_of(model, name, class_weight=case.objective.class_weight),
            rows=_rows_of_head(case.rows, name, names_of_heads(model)),
            validation=_rows_of_head(case.validation, name, names_of_heads(model)),
        )
        for name in names_of_heads(model)
    }


def heads_after(before: Mapping[str, Case], case: Case) -> list[Case]:
    """Add what was measured to what is known of each head.

    Args:
        before: of `heads_before`.
        case: what was measured of the model.

    Returns:
        The case of each head; of a model with a single output, its case.
    """
    return _with_counts([_after(of_head, case) for of_head in before.values()]) or [case]


def _with_counts(cases: list[Case]) -> list[Case]:
    """Turn the weights of the losses into what each head counts relative to the one that counts most."""
    if not cases or not all(case.vitals and np.isfinite(case.counts) for case in cases):
        return cases
    # a row for each head: at the first examination, and at the last
    weighted_losses = np.array([[case.counts * abs(case.vitals[at].loss) for at in (0, -1)] for case in cases])
    counts = (weighted_losses / np.maximum(weighted_losses.max(0), 1e-300)).max(1)
    return [replace(case, counts=float(count)) for case, count in zip(cases, counts, strict=True)]


def with_skill(case: Case) -> Case:
    """Add how well a trained network does.

    Args:
        case: of a model or a head.

    Returns:
        The case; as it was where its outputs were not measured for all of its rows.
    """
    last, rows, validation = (case.vitals or (None,))[-1], case.rows, case.validation
    if last is None or last.outputs is None or rows is None or len(last.outputs) != len(rows):
        return case
    validation_and_outputs: tuple[Rows, Array] | None = (
        (validation, last.validation) if validation and last.validation is not None else None
    )
    return replace(case, skill=skill_of(rows, last.outputs, case.objective, validation_and_outputs))


def _architecture_of_head(model: Any, head: str, architecture: Architecture) -> Architecture:  # noqa: ANN401
    """Return the layers that make one head, without those of the others."""
    output = by_head(model.output, names_of_heads(model))[head]
    of_head = architecture_of(keras.Model(model.input, output, name="head"))
    return replace(of_head, parameters=architecture.parameters)


def _rows_of_head(rows: Rows | None, head: str, names: tuple[str, ...]) -> Rows | None:
    if rows is None or rows.raw is None:
        return rows
    x, targets, weights = rows.raw
    weight = by_head(weights, names).get(head) if isinstance(weights, list | tuple | dict) else weights
    of_head = rows_of(x, by_head(targets, names).get(head), weight, tokens=rows.tokens)
    return None if of_head is None else replace(of_head, total=rows.total, raw=rows.raw)


def _after(before: Case, case: Case) -> Case:
    vitals = tuple(_vitals_of_head(vitals, before) for vitals in case.vitals)
    logs = {key: case.history[f"{start}{before.head}_loss"] for start, key in (("", "loss"), ("val_", "val_loss"))}
    history = History({key: values for key, values in logs.items() if len(values)}, case.history.rates)
    return replace(before, plan=case.plan, vitals=vitals, history=history if len(history["loss"]) else case.history)


def _vitals_of_head(vitals: Vitals, case: Case) -> Vitals:
    """Return what was measured of one head; its loss is that of its rows, without a weight."""
    outputs, validation = vitals.heads.get(case.head, (None, None))
    layers = tuple(layer for layer in vitals.layers if case.architecture.layer(layer.name) is not None)
    loss = float("nan")
    if outputs is not None and case.rows is not None and case.rows.target is not None:
        losses = row_losses(outputs, case.rows.target[: len(outputs)], case.objective)
        loss = float(np.mean(losses)) if losses is not None else loss
    return replace(vitals, layers=layers, outputs=outputs, validation=validation, loss=loss + vitals.penalty, heads={})
