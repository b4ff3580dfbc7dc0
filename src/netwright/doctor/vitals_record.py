"""What was measured of a network in training, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.doctor.case import LayerVitals

__all__ = ["VitalsRecord"]


@dataclass(frozen=True)
class VitalsRecord:
    """One measurement of the network of one member.

    Attributes:
        member: number of the member, from 0.
        epoch: number of the epoch, from 1; 0 before the first.
        step: steps done since the start of the training.
        layers: those with weights or an activation, in order; what was not measured is NaN or empty.
    """

    member: int
    epoch: int
    step: int
    layers: tuple[LayerVitals, ...]
