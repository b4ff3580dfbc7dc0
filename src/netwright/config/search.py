"""The `search` section: which keys of the experiment are searched, by what, and when a trial is given up."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from netwright.config.result import TRAINED_FOR
from netwright.section import Number, Section, Whole

__all__ = ["ParameterSection", "PruningSection", "SearchSection"]


class ParameterSection(Section):
    """The values to try for one key: a range, or a list of choices."""

    low: Number | None = Field(None, description="Smallest value of a range.")
    high: Number | None = Field(None, description="Largest value of a range.")
    log: bool = Field(default=False, description="Whether to search in the logarithm of the value.")
    step: Number | None = Field(None, gt=0, description="Distance between neighbouring values, starting at low.")
    choices: list[Any] | None = Field(None, description="Values of any type, instead of a range.")

    @model_validator(mode="after")
    def _range_or_choices(self) -> Self:
        mistake = self._mistake_of_choices() if self.choices is not None else self._mistake_of_range()
        if mistake:
            raise ValueError(mistake)
        return self

    def _mistake_of_choices(self) -> str | None:
        choices = self.choices or []
        if self.log or any(choice is not None for choice in (self.low, self.high, self.step)):
            return "choices stand alone, without low, high, log and step. Leave those out"
        if len(choices) < 2:
            return f"choices needs two values or more, received {len(choices)}; set the key itself to a single value"
        if any(choice in choices[:index] for index, choice in enumerate(choices)):
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
        if self.step is not None and self.step > self.high - self.low:
            return f"step {self.step:g} is larger than the range. Take a smaller one, or widen the range"
        if self.step is not None and not math.isfinite((self.high - self.low) / self.step):
            return f"step {self.step:g} is too small for the range. Take a larger one, or leave step out"
        return None


class PruningSection(Section):
    """When to stop a trial that cannot become the best."""

    epochs: bool = Field(
        default=True,
        description="Whether to compare trials after a few epochs and continue only the best 1 / factor of them.",
    )
    first_epoch: Whole = Field(
        5, ge=1, description="Epoch of the first comparison; the next ones at first_epoch · factor ..."
    )
    factor: Whole = Field(3, ge=2, le=10, description="One in this many trials continues after a comparison.")
    folds: bool = Field(default=True, description="Whether to test each trial against the best one, fold by fold.")
    p_value: Number = Field(
        0.1, gt=0, lt=0.5, description="p-value of Wilcoxon's test below which a trial counts as worse."
    )


class SearchSection(Section):
    """Which keys `netwright search` varies, and how."""

    parameters: dict[str, ParameterSection] = Field(
        min_length=1, description="The values to try, by the path of a key in targets, model or training."
    )
    objective: str | None = Field(
        None,
        pattern=r"^(loss|significance|limit|[A-Za-z][A-Za-z0-9_]*\.[a-z][A-Za-z0-9_.]*)$",
        description="What to optimise on validation rows; values as in training.select, which is the default.",
    )
    sampler: Literal["grid", "random", "tpe", "gp"] = Field(
        "gp",
        description=(
            "How to propose values: grid: all of a grid; random; tpe: by the densities of good and bad trials; "
            "gp: by a Gaussian process, and by tpe beyond 200 trials."
        ),
    )
    grid: Whole = Field(5, ge=2, le=1000, description="Number of values in a range without step, for sampler: grid.")
    folds: Literal["inherit"] | Whole = Field(
        "inherit", description="Number of folds of the split that each trial uses; inherit: all."
    )
    at_once: Whole = Field(
        8,
        ge=1,
        le=256,
        description=("Number of trials proposed and trained at once; with fewer, the sampler learns from more trials."),
    )
    pruning: PruningSection = Field(PruningSection(), description="When to stop a trial early.")
    seeds: Whole = Field(5, ge=1, le=50, description="Number of seeds to retrain the best trial with, on each fold.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Seed of the sampler.")

    @property
    def tries_results(self) -> bool:
        """Whether trials are worth a result, or one is tried as a loss or to select the epoch."""
        choices = [choice for parameter in self.parameters.values() for choice in parameter.choices or []]
        return any(value in TRAINED_FOR for value in [self.objective, *choices] if isinstance(value, str))
