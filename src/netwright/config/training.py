"""The `training` section: how the weights are found."""

from __future__ import annotations

from pydantic import Field

from netwright.config._section import Number, Section, Whole

__all__ = ["EarlyStoppingSection", "PlateauSection", "TrainingSection"]


class PlateauSection(Section):
    """Multiply the learning rate by `factor` after `patience` epochs without a better validation loss."""

    factor: Number = Field(0.5, gt=0, lt=1, description="ρ in α -> ρ·α.")
    patience: Whole = Field(4, ge=1, description="Epochs without improvement before a decay.")
    times: Whole = Field(5, ge=0, description="Decays at the most; 0 keeps the learning rate.")


class EarlyStoppingSection(Section):
    """Stop after `patience` epochs without a better validation loss; the best weights are kept."""

    patience: Whole = Field(12, ge=1, description="Epochs without improvement before the end.")
    min_improvement: Number = Field(0.0, ge=0, description="What counts as better, in units of the loss.")


class TrainingSection(Section):
    """Adam on batches of rows, decay on plateau, early stopping on the weighted validation loss."""

    epochs: Whole = Field(100, ge=1, description="Epochs at the most.")
    batch_size: Whole = Field(256, ge=1, description="Rows of one step.")
    learning_rate: Number = Field(1e-3, gt=0, description="α of Adam at the start.")
    plateau: PlateauSection = Field(PlateauSection(), description="Decay of the learning rate.")
    early_stopping: EarlyStoppingSection = Field(EarlyStoppingSection(), description="When to end.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Of initial weights, order of rows and dropout.")
