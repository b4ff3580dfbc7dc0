"""How losses and metrics went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from netwright.doctor.case.rows import Array

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """What an epoch ended with, epoch by epoch, as Keras logs it.

    Attributes:
        logs: name of the quantity to its values, shape ``(epochs,)``; ``loss`` and ``val_loss`` among them.
        rates: learning rate at the end of each epoch, shape ``(epochs,)``.
    """

    logs: Mapping[str, Array] = field(default_factory=dict)
    rates: Array = field(default_factory=lambda: np.zeros(0))

    def __getitem__(self, name: str) -> Array:
        return self.logs.get(name, np.zeros(0))

    @property
    def epochs(self) -> int:
        """Number of epochs that were logged."""
        return len(self["loss"])

    @property
    def ends_finite(self) -> bool:
        """Whether the last loss is a number; true before the first."""
        return bool(np.isfinite(self["loss"][-1:]).all())
