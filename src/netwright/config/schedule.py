"""Schedules: how the learning rate changes during training."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netwright.section import Number, Section, Whole

__all__ = [
    "ConstantSchedule",
    "CosineSchedule",
    "ExponentialSchedule",
    "PlateauSchedule",
    "Schedule",
    "StepwiseSchedule",
]


class PlateauSchedule(Section):
    """Multiply the learning rate by `factor` after `patience` epochs without improvement on validation rows."""

    kind: Literal["plateau"] = Field(
        description="When validation stalls; others: constant, step-wise, exponential, cosine."
    )
    factor: Number = Field(0.5, gt=0, lt=1, description="ρ in α -> ρ·α.")
    patience: Whole = Field(4, ge=1, description="Epochs without improvement before a decay.")
    times: Whole = Field(5, ge=0, description="Maximum number of decays, k.")


class ConstantSchedule(Section):
    """Keep the learning rate."""

    kind: Literal["constant"] = Field(description="The same all the time.")


class StepwiseSchedule(Section):
    """Multiply the learning rate by `factor` at the start of given epochs."""

    kind: Literal["step-wise"] = Field(description="By a factor at given epochs.")
    epochs: list[Whole] = Field(min_length=1, description="Epochs, counted from 1, that start with a decay.")
    factor: Number = Field(0.1, gt=0, lt=1, description="ρ in α -> ρ·α.")

    @model_validator(mode="after")
    def _increasing(self) -> Self:
        if self.epochs[0] < 2 or any(b <= a for a, b in zip(self.epochs, self.epochs[1:], strict=False)):
            msg = (
                f"epochs must increase and begin at 2 or later, received {self.epochs}. Name each once, in ascending "
                "order"
            )
            raise ValueError(msg)
        return self


class ExponentialSchedule(Section):
    """Multiply the learning rate by `factor` every `steps` steps."""

    kind: Literal["exponential"] = Field(description="By a factor every n steps.")
    factor: Number = Field(0.9, gt=0, lt=1, description="ρ in α -> ρ·α.")
    steps: Whole = Field(1000, ge=1, description="Steps between two decays, n, counted from the first step.")


class CosineSchedule(Section):
    """Lower the learning rate along half a cosine over all epochs; early stopping may cut it short."""

    kind: Literal["cosine"] = Field(description="Along half a cosine to the last epoch.")
    final: Number = Field(0.0, ge=0, lt=1, description="Learning rate of the last step divided by that of the first.")


Schedule = Annotated[
    PlateauSchedule | ConstantSchedule | StepwiseSchedule | ExponentialSchedule | CosineSchedule,
    Field(discriminator="kind"),
]
