"""The `ensemble` section: how many networks are trained, and how their outputs are combined."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netwright.section import Section, Whole

__all__ = ["EnsembleSection"]


class EnsembleSection(Section):
    """Several networks with different initial weights; with folds, this many in each fold."""

    members: Whole = Field(1, ge=1, le=1000, description="Number of networks, or of networks in each fold.")
    bagging: bool = Field(
        default=False, description="Whether each member is trained on its own sample of rows, drawn with replacement."
    )
    combine: Literal["mean", "weighted", "majority"] = Field(
        "mean",
        description=(
            "mean: of the members; weighted: mean with weights 1 / validation loss, or equal weights for a head "
            "if a loss is not positive; majority: fraction of members that vote for a class, median for "
            "regressions."
        ),
    )
