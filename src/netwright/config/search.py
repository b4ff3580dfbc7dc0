"""The `search` section: which keys of the experiment are searched, by what, and when a trial is given up."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from netwright.section import Number, Section, Whole

__all__ = ["ParameterSection", "PruningSection", "SearchSection"]


class ParameterSection(Section):
    """The values that a search tries for one key: a range, or a list of choices."""

    low: Number | None = Field(None, description="Smallest value of a range.")
    high: Number | None = Field(None, description="Largest value of a range.")
    log: bool = Field(default=False, description="Whether the range is searched in the logarithm of the value.")
    step: Number | None = Field(None, gt=0, description="Distance of neighbouring values, from low on.")
    choices: list[Any] | None = Field(None, description="Values of any kind that the key takes, instead of a range.")

    @model_validator(mode="after")
    def _range_or_choices(self) -> Self:
        mistake = self._mistake_of_choices() if self.choices is not None else self._mistake_of_range()
        if mistake:
            raise ValueError(mistake)
        return self

    def _mistake_of_choices(self) -> str | None:
        choices = self.choices or []
        if self.log or any(one is not None for one in (self.low, self.high, self.step)):
            return "choices stand alone, without low, high, log and step. Leave those out"
        if len(choices) < 2:
            return f"choices needs two values or more, received {len(choices)}; set the key itself to a single value"
        if any(one in choices[:place] for place, one in enumerate(choices)):
            return "choices has a value twice. Leave one out"
        return None

    def _mistake_of_range(self) -> str | None:
        if self.low is None or self.high is None:
            return "needs low and high, or choices"
        if self.low >= self.high:
            return f"low must be below high, received {self.low:g} and {self.high:g}. Exchange them, or widen the range"
        if self.log and self.low <= 0:
            return f"a logarithmic range begins above 0, received low {self.low:g}. Begin higher, or leave log out"
        if self.log and self.step is not None:
            return "log and step exclude each other; list the values in choices"
        if self.step is not None and not math.isfinite((self.high - self.low) / self.step):
            return f"step {self.step:g} is too small for the range. Take a larger one, or leave step out"
        return None


class PruningSection(Section):
    """When a trial that cannot become the best is given up."""

    epochs: bool = Field(
        default=True,
        description="Whether trials are compared at a few epochs, and only the best 1 / factor of them go on.",
    )
    first_epoch: Whole = Field(5, ge=1, description="Epoch of the first comparison; then first_epoch · factor ...")
    factor: Whole = Field(3, ge=2, le=10, description="One in so many trials goes on after a comparison.")
    folds: bool = Field(default=True, description="Whether a trial is tested against the best one, fold by fold.")
    p_value: Number = Field(0.1, gt=0, lt=0.5, description="Of Wilcoxon's test, below which a trial is worse.")


class SearchSection(Section):
    """Values of keys that `netwright search` tries, and how it goes about it."""

    parameters: dict[str, ParameterSection] = Field(
        min_length=1, description="By path of a key in targets, model or training, the values that it takes."
    )
    objective: str | None = Field(
        None,
        pattern=r"^(loss|significance|limit|[A-Za-z][A-Za-z0-9_]*\.[a-z][A-Za-z0-9_.]*)$",
        description="What is optimised on validation rows, as in training.select, which it is if not given.",
    )
    sampler: Literal["grid", "random", "tpe", "gp"] = Field(
        "gp",
        description=(
            "How values are proposed: all of a grid, at random, by the densities of good and bad trials (tpe), or by a "
            "Gaussian process, and beyond 200 trials by tpe (gp)."
        ),
    )
    grid: Whole = Field(5, ge=2, le=1000, description="Values of a range without step, for sampler: grid.")
    folds: Literal["inherit"] | Whole = Field(
        "inherit", description="How many folds of the split each trial is trained on; inherit for all of them."
    )
    at_once: Whole = Field(
        8,
        ge=1,
        le=256,
        description="Trials that are proposed and trained at once; fewer let the sampler learn from more trials.",
    )
    pruning: PruningSection = Field(PruningSection(), description="When a trial is given up.")
    seeds: Whole = Field(5, ge=1, le=50, description="Seeds that the best trial is trained anew with, on each fold.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Of the sampler.")
