"""The `training` section: how the weights are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from netwright.config.optimizer import AdamOptimizer, Optimizer
from netwright.config.schedule import PlateauSchedule, Schedule
from netwright.section import Number, Section, Whole

__all__ = ["EarlyStoppingSection", "TrainingSection"]


class EarlyStoppingSection(Section):
    """Stop after `patience` epochs without a better validation; the best weights are kept."""

    patience: Whole = Field(12, ge=1, description="Epochs without improvement before the end.")
    min_improvement: Number = Field(0.0, ge=0, description="What counts as better, in units of training.select.")


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
    halvings: Whole = Field(
        0,
        ge=0,
        le=20,
        description=(
            "How often a loss that is not finite halves the learning rate and goes on from the last good state, "
            "before it ends the training."
        ),
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Of the bodies' products; bfloat16 is for GPUs. Weights, inputs and losses are float32 always.",
    )
    members: Literal["auto", "one-by-one", "side-by-side", "together"] = Field(
        "auto",
        description=(
            "How several members are trained: one after another; side by side, each by a program of its own on a "
            "core of its own; together, by one program. auto tries each for a moment and takes the fastest."
        ),
    )
    feed: Literal["auto", "resident", "streamed"] = Field(
        "auto",
        description=(
            "Whether the device holds all rows, or is handed those of the next steps while it works; auto takes "
            "the first where they fit. The batches are the same."
        ),
    )
    devices: Whole = Field(1, ge=1, description="GPUs that share each batch; batch_size is a multiple of it.")
    eager: bool = Field(
        default=False,
        description=(
            "Run the same steps uncompiled, operation by operation, members one after another: a print or a "
            "breakpoint in a layer of your own is reached in every step. Slow: for developing, with few rows."
        ),
    )
    select: str = Field(
        "loss",
        pattern=r"^(loss|significance|limit|[A-Za-z][A-Za-z0-9_]*\.[a-z][A-Za-z0-9_.]*)$",
        description=(
            "By what the best epoch is chosen on validation rows: loss; a metric of a head, as is_top.roc_auc; or the "
            "expected significance or limit of the section result, both with event weights, without balance and "
            "importance. Best weights follow it; plateau and end wait until "
            "neither it nor the loss becomes better. What is not a number is not an improvement."
        ),
    )
    early_stopping: EarlyStoppingSection = Field(EarlyStoppingSection(), description="When to end.")
    weight_ema: Number = Field(
        0.0,
        ge=0,
        lt=1,
        description=(
            "β of an exponential moving average of the weights, from epoch to epoch, which is validated and kept in "
            "place of them: w̄ = Σ β^(n - k) w_k / Σ β^(n - k) after epoch n. 0: the weights themselves."
        ),
    )
    seed: Whole = Field(1, ge=0, lt=2**31, description="Of initial weights, order of rows and dropout.")

    @model_validator(mode="before")
    @classmethod
    def _monitor_is_called_select(cls, given: Any) -> Any:  # noqa: ANN401  # any value from a file
        """Read files of before `select`, which say the same as early_stopping.monitor."""
        stopping = given.get("early_stopping") if isinstance(given, Mapping) else None
        if not isinstance(stopping, Mapping) or "monitor" not in stopping:
            return given
        if given.get("select", stopping["monitor"]) != stopping["monitor"]:
            msg = (
                f"early_stopping.monitor is the earlier name of select, and both are given: {stopping['monitor']} and "
                f"{given['select']}. Leave early_stopping.monitor out"
            )
            raise ValueError(msg)
        others = {key: value for key, value in stopping.items() if key != "monitor"}
        return {**given, "select": stopping["monitor"], "early_stopping": others}

    @model_validator(mode="after")
    def _eager_members_follow_one_another(self) -> Self:
        if self.eager and self.members not in {"auto", "one-by-one"}:
            msg = (
                f"eager: true trains members one after another, but members is {self.members}. Leave members out, or "
                "set eager: false"
            )
            raise ValueError(msg)
        return self
