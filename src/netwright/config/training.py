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
    """Stop after `patience` epochs without improvement on validation rows, and keep the best weights."""

    patience: Whole = Field(
        12,
        ge=1,
        description="Epochs without improvement before stopping; with as many as `epochs`, it never stops early.",
    )
    min_improvement: Number = Field(
        0.0, ge=0, description="Smallest change that counts as an improvement, in units of training.select."
    )


class TrainingSection(Section):
    """Optimizer, batches, learning-rate schedule, and early stopping on validation rows."""

    epochs: Whole = Field(100, ge=1, description="Maximum number of epochs.")
    batch_size: Whole = Field(256, ge=1, description="Rows per step.")
    learning_rate: Number = Field(
        1e-3, gt=0, description="Initial learning rate α; `netwright find-rate` helps to find it."
    )
    optimizer: Optimizer = Field(AdamOptimizer(kind="adam"), description="The optimizer.")
    schedule: Schedule = Field(PlateauSchedule(kind="plateau"), description="How the learning rate changes.")
    warm_up: Whole = Field(
        0, ge=0, description="Steps in which the learning rate rises from 0: α s / warm_up in step s, from s = 0."
    )
    clip_norm: Number | None = Field(None, gt=0, description="Upper limit on the norm of the gradient of all weights.")
    halvings: Whole = Field(
        0,
        ge=0,
        le=20,
        description=(
            "How often a loss that is not finite halves the learning rate and continues from the last good "
            "state, before it ends the training."
        ),
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description=(
            "Precision of matrix products in the bodies; bfloat16 is for GPUs. Weights, inputs and losses are "
            "always float32."
        ),
    )
    members: Literal["auto", "one-by-one", "side-by-side", "together"] = Field(
        "auto",
        description=(
            "How to train several members: one after another; side by side, each in its own program on its own "
            "core; or together in one program. auto tries each briefly and takes the fastest."
        ),
    )
    feed: Literal["auto", "resident", "streamed"] = Field(
        "auto",
        description=(
            "resident: the device holds all rows; streamed: it receives the rows of the next steps while it "
            "computes. auto: resident if they fit. The batches are the same."
        ),
    )
    devices: Whole = Field(
        1, ge=1, description="Number of GPUs that share each batch; batch_size must be a multiple of it."
    )
    eager: bool = Field(
        default=False,
        description=(
            "Run the same steps uncompiled, members one after another, so that a print or breakpoint in your "
            "own layer is reached in every step. Slow: for debugging with few rows."
        ),
    )
    select: str = Field(
        "loss",
        pattern=r"^(loss|significance|limit|[A-Za-z][A-Za-z0-9_]*\.[a-z][A-Za-z0-9_.]*)$",
        description=(
            "What selects the best epoch on validation rows: loss; a metric of a head, such as is_top.roc_auc; "
            "or the expected significance or limit of the section result, with event weights but without "
            "balance and importance. It decides which weights are kept; the plateau schedule and early stopping "
            "wait until neither it nor the loss improves. NaN is never an improvement."
        ),
    )
    early_stopping: EarlyStoppingSection = Field(EarlyStoppingSection(), description="When to stop.")
    weight_ema: Number = Field(
        0.0,
        ge=0,
        lt=1,
        description=(
            "β of an exponential moving average of the weights over epochs, which is validated and kept instead "
            "of the weights: w̄ = Σ β^(n - k) w_k / Σ β^(n - k) after epoch n. 0: no average."
        ),
    )
    seed: Whole = Field(1, ge=0, lt=2**31, description="Seed of the initial weights, the order of rows and dropout.")

    @model_validator(mode="before")
    @classmethod
    def _monitor_is_called_select(cls, content: Any) -> Any:  # noqa: ANN401  # any value from a file
        """Read files of before `select`, which say the same as early_stopping.monitor."""
        stopping = content.get("early_stopping") if isinstance(content, Mapping) else None
        if not isinstance(stopping, Mapping) or "monitor" not in stopping:
            return content
        if content.get("select", stopping["monitor"]) != stopping["monitor"]:
            msg = (
                f"early_stopping.monitor is the earlier name of select, and both are given: {stopping['monitor']} and "
                f"{content['select']}. Leave early_stopping.monitor out"
            )
            raise ValueError(msg)
        remaining = {key: value for key, value in stopping.items() if key != "monitor"}
        return {**content, "select": stopping["monitor"], "early_stopping": remaining}

    @model_validator(mode="after")
    def _eager_members_follow_one_another(self) -> Self:
        if self.eager and self.members not in {"auto", "one-by-one"}:
            msg = (
                f"eager: true trains members one after another, but members is {self.members}. Leave members out, or "
                "set eager: false"
            )
            raise ValueError(msg)
        return self
