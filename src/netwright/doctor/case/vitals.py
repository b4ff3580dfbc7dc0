"""What was measured of a model and its layers on probe rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netwright.doctor.case.rows import Array

__all__ = ["LayerVitals", "Vitals"]


@dataclass(frozen=True)
class LayerVitals:
    """What was measured of one layer on the probe rows; NaN or None where it was not.

    Attributes:
        name: of the layer.
        mean: of its outputs.
        deviation: standard deviation of its outputs over rows and units.
        spread: of its outputs over rows, averaged over units: 0 where each unit gives one number for all rows.
        dead: share of units that are zero for every probe row.
        saturated: share of values within 1% of the end of the activation's range; 0 for an unbounded activation.
        gradient: norm of the gradient of the loss by its weights.
        weight: norm of its weights.
        kernel: root of the mean square of its kernel times that of the number of a unit's inputs: the gain.
        identical: whether all units have the same weights.
        moved: norm of the change of its weights since the training began.
        update: norm of the change by one step, averaged since the last check.
        finite: whether weights and outputs are finite.
        quantiles: of its kernel, at `netwright.doctor.quantities.vitals.QUANTILES`; empty without a kernel.
        gradient_quantiles: of the gradient of the loss by its kernel, at the same.
    """

    name: str
    mean: float = float("nan")
    deviation: float = float("nan")
    spread: float = float("nan")
    dead: float = 0.0
    saturated: float = 0.0
    gradient: float = float("nan")
    weight: float = float("nan")
    kernel: float = float("nan")
    identical: bool = False
    moved: float = float("nan")
    update: float = float("nan")
    finite: bool = True
    quantiles: tuple[float, ...] = ()
    gradient_quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class Vitals:
    """One check of the model on the probe rows, dropout and the like switched off.

    Attributes:
        epoch: epochs done, 0 before the first.
        layers: those with weights or an activation, in order.
        outputs: of the model for the training rows, shape ``(rows, outputs)``; of the first of several heads; None
            where it was not measured.
        validation: the same for the validation rows.
        loss: mean loss on the training rows.
        penalty: what regularisers and the like add to it.
        noise: rows of a batch for which noise and signal of its gradient are equal; NaN where it was not measured.
        heads: both kinds of outputs of each of several heads, by name.
    """

    epoch: int
    layers: tuple[LayerVitals, ...] = ()
    outputs: Array | None = None
    validation: Array | None = None
    loss: float = float("nan")
    penalty: float = 0.0
    noise: float = float("nan")
    heads: Mapping[str, tuple[Array, Array | None]] = field(default_factory=dict)

    def layer(self, name: str) -> LayerVitals | None:
        """What was measured of the layer of that name; None where nothing was."""
        return next((layer for layer in self.layers if layer.name == name), None)
