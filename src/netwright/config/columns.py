"""Numbers and categories as inputs: which columns, and how they are prepared for the network."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from netwright.section import Number, Section, Texts, Whole

__all__ = [
    "BY_QUANTILES",
    "MISSING",
    "NOISE",
    "SCALING",
    "CategoricalInput",
    "Categories",
    "Missing",
    "NumberScaling",
    "Numbers",
    "NumericInput",
    "Scaling",
    "mentions",
]

Scaling = Literal["standardise", "quantiles", "batch-normalisation", "none"]
"""How features are scaled."""

NumberScaling = Literal["standardise", "quantiles", "both", "batch-normalisation", "none"]
"""How columns of numbers are scaled; one list, so that a message names all of them."""


def _in_a_list(value: object) -> object:
    """Put brackets around a number: as a boolean, 0 would be false."""
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else value


Missing = Annotated[bool | list[Number], BeforeValidator(_in_a_list)]
"""What stands for missing values; one marker may stand without brackets."""

BY_QUANTILES: Final = frozenset({"quantiles", "both"})
"""The kinds of scaling that need the quantiles of each feature."""

SCALING: Any = Field(
    "standardise",
    description=(
        "standardise: (x - mean) / standard deviation; quantiles: to a normal distribution, for heavy "
        "tails; batch-normalisation: learnt batch by batch; none: raw."
    ),
)
MISSING: Any = Field(
    default=False,
    description=(
        "Markers of missing values: none (false), NaN (true), or NaN and a list such as [-999]. They are "
        "encoded at least 3 standard deviations off, where the feature has no values."
    ),
)
NOISE: Any = Field(
    0.0, ge=0, le=1, description="Gaussian noise added in training, in standard deviations of each feature."
)


class Numbers(Section):
    """Columns of numbers, and how they are prepared for the network."""

    columns: Texts = Field(min_length=1, description="One number per row and column.")
    unit: str | None = Field(None, description="Unit of the columns, shown in figures.")
    missing: Missing = MISSING
    log: Texts = Field(
        default_factory=list,
        description="Columns to take the logarithm of first: steeply falling and positive, such as pT.",
    )
    scaling: NumberScaling = Field(
        SCALING.default,
        description=f"{SCALING.description[:-1]}; both: standardised and by quantiles, two features for each column.",
    )
    noise: Number = NOISE
    indicator: bool = Field(
        default=False, description="Whether each column that may be missing gets a second one that flags it (1 or 0)."
    )

    @model_validator(mode="after")
    def _columns_are_there(self) -> Self:
        strange = [column for column in self.log if column not in self.columns]
        if strange:
            msg = (
                f"log names {', '.join(strange)}, which is not among the columns of this group. Add it, or leave it out"
            )
            raise ValueError(msg)
        if self.indicator and self.missing is False:
            msg = "indicator: nothing can be missing here. Set missing, or leave indicator out"
            raise ValueError(msg)
        return self


class _NumericKind(Section):
    kind: Literal["numeric"] = Field(description="Numbers; others: categorical, four-vectors, particles.")


class NumericInput(Numbers, _NumericKind):
    """Numbers that are scaled inside the network."""


class Categories(Section):
    """Columns of categories, and how they are encoded."""

    columns: Texts = Field(min_length=1, description="One whole number or word per row and column.")
    encoding: Literal["one-hot", "bits", "embedding"] = Field(
        "one-hot",
        description=(
            "one-hot: one input per value; bits: the index of the value in binary digits; embedding: a learnt "
            "vector per value, for two or more columns or many values."
        ),
    )
    embedding_size: Whole = Field(
        4, ge=1, le=1024, description="Size of the embedding vectors, N_w; ignored by other encodings."
    )


class _CategoricalKind(Section):
    kind: Literal["categorical"] = Field(description="Categories; others: numeric, four-vectors, particles.")


class CategoricalInput(Categories, _CategoricalKind):
    """Whole numbers or words that name a category; unknown values share one extra category."""


def mentions(expression: str, column: str) -> bool:
    """Return whether an SQL expression may use a column; the same word inside of a text counts too.

    Args:
        expression: such as ``pt / 1000``.
        column: its name.

    Returns:
        Whether the name stands there as a word of its own.

    Example:
        >>> mentions("pt / 1000", "pt"), mentions("pt_jet", "pt")
        (True, False)
    """
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", expression) is not None
