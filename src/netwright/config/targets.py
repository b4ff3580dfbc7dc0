"""The `targets` section: what the network shall say, one head each."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, StrictInt, StrictStr, model_validator

from netwright.config._section import Name, Number, Section, Whole

__all__ = ["BinaryTarget", "Label", "MulticlassTarget", "RegressionTarget", "Target"]

Label = StrictInt | StrictStr
"""What a column says of a row's class: a whole number or a word."""


class _Head(Section):
    column: str = Field(description="Column of the true value.")
    where: str | None = Field(None, description="SQL condition; the head learns from rows that fulfil it.")
    loss_weight: Number = Field(
        1.0, ge=0, description="λ of this head in L = L_A + λ·L_B; 0: it is measured and drawn, but not learned."
    )
    body: str = Field("body", description="Which body the head sits on: model.body, or one of model.more_bodies.")
    units: list[PositiveInt] = Field(
        default_factory=list, description="Dense layers of the head's own, between the body and its output."
    )


class _ClassHead(_Head):
    classes: dict[Name, Label]
    balance: Literal["none", "weights", "collocated", "down-sampling"] = Field(
        "none",
        description=(
            "How classes get equal importance, which is equal sums of weights, in training: weights ⟨N⟩/N_c; "
            "collocated: as many rows of each class in every batch, with these weights; down-sampling: rows of large "
            "classes are left out, and what is left has such weights."
        ),
    )

    @model_validator(mode="after")
    def _values_differ(self) -> Self:
        if len(set(self.classes.values())) < len(self.classes):
            msg = f"every class needs a value of its own, got {self.classes}"
            raise ValueError(msg)
        if len({type(value) for value in self.classes.values()}) > 1:
            msg = f"the values of classes are whole numbers or words, not both, got {self.classes}"
            raise ValueError(msg)
        return self


class BinaryTarget(_ClassHead):
    """Signal against background: the head gives the signal's probability."""

    kind: Literal["binary"] = Field(description="Two classes; others: multiclass, regression.")
    classes: dict[Name, Label] = Field(
        {"background": 0, "signal": 1},
        min_length=2,
        max_length=2,
        description="Name and value of the two classes; the second is the signal.",
    )


class MulticlassTarget(_ClassHead):
    """One of several classes: the head gives the probability of each."""

    kind: Literal["multiclass"] = Field(description="Several classes; others: binary, regression.")
    classes: dict[Name, Label] = Field(min_length=2, description="Name and value of each class.")


class RegressionTarget(_Head):
    """A number in its unit; the standardisation is undone inside the network."""

    kind: Literal["regression"] = Field(description="A number; others: binary, multiclass.")
    unit: str | None = Field(None, description="Unit of the column, shown in figures.")
    flat_bins: Whole = Field(
        0, ge=0, le=1000, description="Bins in which weights flatten the target's distribution in training; 0: none."
    )


Target = Annotated[BinaryTarget | MulticlassTarget | RegressionTarget, Field(discriminator="kind")]
