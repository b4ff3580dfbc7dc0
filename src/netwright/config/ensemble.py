"""The `ensemble` section: how many networks are trained, and how their outputs are combined."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netwright.section import Section, Whole

__all__ = ["EnsembleSection"]


class EnsembleSection(Section):
    """Several networks of other initial weights; with folds, so many in each fold."""

    members: Whole = Field(1, ge=1, le=1000, description="Networks, or networks of each fold.")
    bagging: bool = Field(
        default=False, description="Whether each member is fitted to its own rows, drawn with replacement."
    )
    combine: Literal["mean", "weighted", "majority"] = Field(
        "mean",
        description=(
            "mean of the members; weighted: mean with weights 1 / validation loss, equal ones for a head where one is "
            "not positive; majority: share of members that vote for a class, median of regressions."
        ),
    )
