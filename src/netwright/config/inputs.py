"""The `inputs` section: named groups of columns that go into the network."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from netwright.section import Number, Section, Texts, Whole

__all__ = [
    "Basis",
    "CategoricalInput",
    "FourVectorsInput",
    "InputGroup",
    "LorentzBoostSection",
    "NumericInput",
    "Scaling",
    "columns_of",
]

Scaling = Literal["standardise", "quantiles", "batch-normalisation", "none"]
Basis = Literal["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"]


_SCALING: Any = Field(
    "standardise",
    description=(
        "(x - mean) / deviation; quantiles: to a normal distribution, for heavy tails; batch-normalisation: "
        "learnt batch by batch; none: raw."
    ),
)
_MISSING: Any = Field(
    default=False,
    description=(
        "What stands for a missing value: nothing (false), NaN (true), or NaN and these values ([-999]); it is "
        "encoded at least 3 deviations off, where the feature is empty."
    ),
)
_NOISE: Any = Field(
    0.0, ge=0, le=1, description="Normal noise added in training, in deviations of each feature; 0 for none."
)


class NumericInput(Section):
    """Numbers that are scaled inside the network."""

    kind: Literal["numeric"] = Field(description="Numbers; others: categorical, four-vectors.")
    columns: Texts = Field(min_length=1, description="One number per row and column.")
    unit: str | None = Field(None, description="Unit of the columns, shown in figures.")
    missing: bool | list[Number] = _MISSING
    log: Texts = Field(
        default_factory=list,
        description="Columns whose logarithm is taken first: steeply falling and positive, such as pT.",
    )
    scaling: Scaling = _SCALING
    noise: Number = _NOISE
    indicator: bool = Field(
        default=False, description="Whether every column that may be missing gets another that says so (1 or 0)."
    )

    @model_validator(mode="after")
    def _columns_are_there(self) -> Self:
        strange = [column for column in self.log if column not in self.columns]
        if strange:
            msg = f"log names {', '.join(strange)}, which is not among the columns of this group"
            raise ValueError(msg)
        if self.indicator and self.missing is False:
            msg = "indicator: nothing can be missing here; say with missing what stands for a missing value"
            raise ValueError(msg)
        return self


class CategoricalInput(Section):
    """Whole numbers or words that name a category; unknown values get an entry of their own."""

    kind: Literal["categorical"] = Field(description="Categories; others: numeric, four-vectors.")
    columns: Texts = Field(min_length=1, description="One whole number or word per row and column.")
    encoding: Literal["one-hot", "bits", "embedding"] = Field(
        "one-hot",
        description=(
            "one-hot: one input per value; bits: the value's place as binary digits; embedding: learnt numbers per "
            "value, for two or more columns or many values."
        ),
    )
    embedding_size: Whole = Field(
        4, ge=1, le=1024, description="Numbers per value of an embedding, N_w; ignored by the other encodings."
    )


class LorentzBoostSection(Section):
    """Particles and rest frames of a Lorentz Boost Network (arXiv:1812.09722)."""

    particles: Whole = Field(8, ge=2, le=100, description="Combined particles, one boosted into each rest frame.")
    features: list[Literal["E", "pt", "eta", "phi", "m", "pair_cos"]] = Field(
        ["E", "pt", "eta", "phi", "m", "pair_cos"],
        min_length=1,
        description="Of the boosted particles; pair_cos: cosine of the angle between each two.",
    )


class FourVectorsInput(Section):
    """Four-vectors: a jet's constituents or the objects of an event, hardest first; those not there are missing."""

    kind: Literal["four-vectors"] = Field(description="Particles; others: numeric, categorical.")
    columns: str | list[str] = Field(
        description=(
            "One column of shape (P, 4); or four columns in the order of basis, each a list per row, "
            "or numbered where the name holds {i} (E_{i} stands for E_0, E_1 ...)."
        )
    )
    basis: Basis = Field("E,px,py,pz", description="What the four components are.")
    unit: Literal["GeV", "MeV"] = Field("GeV", description="Unit of energies, momenta and masses.")
    at_most: Whole = Field(
        200, ge=1, le=10_000, description="Particles that the network sees: more are cut, fewer padded."
    )
    missing: bool | list[Number] = _MISSING
    properties: list[str] = Field(
        default_factory=list,
        description=(
            "Further numbers of each particle, such as a b-tag or a charge, laid out as the four: lists as long, or "
            "numbered columns with {i}."
        ),
    )
    properties_missing: bool | list[Number] = Field(
        default=False, description="What stands for a missing property: as missing, for these columns."
    )
    features: list[Literal["raw", "constituents", "jet", "objects", "pairs", "lorentz-boost"]] = Field(
        ["constituents", "jet"],
        min_length=1,
        description=(
            "What the network sees of them: raw components; constituents relative to their sum; jet: pT, η, m and "
            "number of the sum; objects: pT, η, φ, m and boost of each; pairs: masses and angles of each two; "
            "lorentz-boost: learnt combinations in learnt rest frames."
        ),
    )
    pairs_of: Whole = Field(4, ge=2, le=50, description="How many of the first particles make pairs.")
    lorentz_boost: LorentzBoostSection = Field(LorentzBoostSection(), description="Size of the Lorentz Boost Network.")
    scaling: Scaling = _SCALING
    noise: Number = _NOISE
    augment: list[Literal["rotate-phi", "reflect-eta", "permute"]] = Field(
        default_factory=list,
        description=(
            "Symmetries of the physics, applied at random in each training step: a turn around the beam, a "
            "reflection of z, another order of the particles."
        ),
    )

    @model_validator(mode="after")
    def _columns_and_features(self) -> Self:
        if isinstance(self.columns, list) and len(self.columns) != 4:
            msg = f"columns must be one name or the four names of {self.basis}, received {len(self.columns)}"
            raise ValueError(msg)
        if isinstance(self.columns, list) and len({"{i}" in column for column in self.columns}) > 1:
            msg = "either all four columns are numbered, with {i} in their names, or none"
            raise ValueError(msg)
        numbered = isinstance(self.columns, list) and "{i}" in self.columns[0]
        other = next((column for column in self.properties if ("{i}" in column) != numbered), None)
        if other is not None:
            layout = "numbered, with {i} in the name, as" if numbered else "lists, without {i} in the name, as"
            msg = f"properties: {other} must be {layout} the four columns are"
            raise ValueError(msg)
        if set(self.properties) & set(columns_of(self, properties=False)):
            msg = "properties: name only columns that are none of the four components"
            raise ValueError(msg)
        named = (("features", self.features), ("augment", self.augment), ("properties", self.properties))
        for key, values in named:
            if len(set(values)) < len(values):
                msg = f"{key} names one twice: {', '.join(values)}"
                raise ValueError(msg)
        if "pairs" in self.features and self.at_most < 2:
            msg = "features: pairs need at_most to be 2 or more"
            raise ValueError(msg)
        return self


def columns_of(group: NumericInput | CategoricalInput | FourVectorsInput, *, properties: bool = True) -> list[str]:
    """Return the columns of a group; patterns with ``{i}`` are not expanded.

    Args:
        group: a group of inputs.
        properties: whether to include the properties of particles.

    Returns:
        Column names.

    Example:
        >>> columns_of(FourVectorsInput(kind="four-vectors", columns="p4", properties=["charge"]))
        ['p4', 'charge']
    """
    columns = [group.columns] if isinstance(group.columns, str) else list(group.columns)
    return columns + (list(group.properties) if properties and isinstance(group, FourVectorsInput) else [])


InputGroup = Annotated[NumericInput | CategoricalInput | FourVectorsInput, Field(discriminator="kind")]
