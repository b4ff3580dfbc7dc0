"""The `training` section: how the weights are found."""

from __future__ import annotations

from pydantic import Field

from netwright.config._section import Number, Section, Whole
from netwright.config.optimizer import AdamOptimizer, Optimizer
from netwright.config.schedule import PlateauSchedule, Schedule

__all__ = ["EarlyStoppingSection", "TrainingSection"]


class EarlyStoppingSection(Section):
    """Stop after `patience` epochs without a better validation; the best weights are kept."""

    monitor: str = Field(
        "loss",
        pattern=r"^(loss|[A-Za-z][A-Za-z0-9_]*\.[a-z][a-z0-9_.]*)$",
        description=(
            "What is watched on validation rows: loss, or a metric of a head, as is_top.roc_auc. Best weights, "
            "plateau and end follow it; what is not a number is no improvement."
        ),
    )
    patience: Whole = Field(12, ge=1, description="Epochs without improvement before the end.")
    min_improvement: Number = Field(0.0, ge=0, description="What counts as better, in units of what is watched.")


class TrainingSection(Section):
    """An optimizer on batches of rows, a schedule of its learning rate, early stopping on validation rows."""

    epochs: Whole = Field(100, ge=1, description="Epochs at the most.")
    batch_size: Whole = Field(256, ge=1, description="Rows of one step.")
    learning_rate: Number = Field(1e-3, gt=0, description="α at the start; `netwright find-rate` helps to find it.")
    optimizer: Optimizer = Field(AdamOptimizer(kind="adam"), description="The rule by which weights move.")
    schedule: Schedule = Field(PlateauSchedule(kind="plateau"), description="How the learning rate changes.")
    warm_up: Whole = Field(
        0, ge=0, description="Steps in which the learning rate grows from 0: α s / warm_up in step s, from s = 0."
    )
    clip_norm: Number | None = Field(
        None, gt=0, description="Largest norm of the gradient of all weights; longer ones are shortened."
    )
    early_stopping: EarlyStoppingSection = Field(EarlyStoppingSection(), description="When to end.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Of initial weights, order of rows and dropout.")
