"""The `inputs` section: named groups of columns that go into the network."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netwright.config._section import Section, Whole

__all__ = ["CategoricalInput", "FourVectorsInput", "InputGroup", "NumericInput"]


class NumericInput(Section):
    """Numbers that are standardised inside the network: (x - mean) / standard deviation."""

    kind: Literal["numeric"] = Field(description="Numbers; others: categorical, four-vectors.")
    columns: list[str] = Field(min_length=1, description="One number per row and column.")
    unit: str | None = Field(None, description="Unit of the columns, shown in figures.")
    missing: bool = Field(
        default=False,
        description="Whether NaN may stand for a missing value; it is encoded at least 3 deviations off.",
    )


class CategoricalInput(Section):
    """Whole numbers that name a category; one-hot inside the network, unknown values get an entry of their own."""

    kind: Literal["categorical"] = Field(description="Categories; others: numeric, four-vectors.")
    columns: list[str] = Field(min_length=1, description="One whole number per row and column.")


class FourVectorsInput(Section):
    """The four-vectors of a jet's constituents, zero-padded, hardest first."""

    kind: Literal["four-vectors"] = Field(description="Constituents; others: numeric, categorical.")
    columns: str | list[str] = Field(
        description=(
            "One column of shape (P, 4); or four columns E, px, py, pz, each a list per row, "
            "or numbered where the name holds {i} (E_{i} stands for E_0, E_1 ...)."
        )
    )
    basis: Literal["E,px,py,pz"] = Field("E,px,py,pz", description="What the four components are.")
    unit: Literal["GeV", "MeV"] = Field("GeV", description="Unit of the four components.")
    at_most: Whole = Field(
        200, ge=1, le=10_000, description="Constituents that the network sees: more are cut, fewer padded."
    )

    @model_validator(mode="after")
    def _four_columns(self) -> Self:
        if isinstance(self.columns, list) and len(self.columns) != 4:
            msg = f"columns must be one name or the four names of E, px, py, pz, received {len(self.columns)}"
            raise ValueError(msg)
        if isinstance(self.columns, list) and len({"{i}" in column for column in self.columns}) > 1:
            msg = f"columns must hold {{i}} in all four names or in none, received {self.columns}"
            raise ValueError(msg)
        return self


InputGroup = Annotated[NumericInput | CategoricalInput | FourVectorsInput, Field(discriminator="kind")]
