"""The `split` section: how rows are divided into train, valid and test."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from netwright.config._section import Number, Section, Whole

__all__ = ["SplitSection"]


class SplitSection(Section):
    """Shares of the rows; a row's place follows from a hash of its identity, never from its position."""

    train: Number = Field(0.7, gt=0, lt=1, description="Share of rows that the weights are fitted to.")
    valid: Number = Field(0.15, gt=0, lt=1, description="Share of rows that decide when to stop.")
    test: Number = Field(0.15, gt=0, lt=1, description="Share of rows that results are reported on.")
    seed: Whole = Field(1, ge=0, lt=2**63, description="Another seed gives another division.")

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        total = self.train + self.valid + self.test
        if abs(total - 1) > 1e-9:
            msg = f"train + valid + test must be 1, got {self.train} + {self.valid} + {self.test} = {total:g}"
            raise ValueError(msg)
        return self
