"""Four-vectors as inputs: a jet's constituents, or the objects of an event."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from netwright.config.columns import MISSING, NOISE, SCALING, Missing, Scaling
from netwright.config.numbered import is_numbered
from netwright.section import Number, Section, Whole

__all__ = ["Basis", "FourVectors", "FourVectorsInput", "LorentzBoostSection"]

Basis = Literal["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"]


class LorentzBoostSection(Section):
    """Particles and rest frames of a Lorentz Boost Network (arXiv:1812.09722)."""

    particles: Whole = Field(
        8, ge=2, le=100, description="Number of combined particles, each boosted into its own rest frame."
    )
    features: list[Literal["E", "pt", "eta", "phi", "m", "pair_cos"]] = Field(
        ["E", "pt", "eta", "phi", "m", "pair_cos"],
        min_length=1,
        description="Features of the boosted particles; pair_cos: cosine of the angle between each pair.",
    )


class FourVectors(Section):
    """The four-vectors of particles, and what the network sees of them."""

    columns: str | list[str] = Field(
        description=(
            "One column of shape (P, 4), or four columns in the order of basis: lists, or numbered columns with "
            "{i} in their name (E_{i} means E_0, E_1 ...)."
        )
    )
    basis: Basis = Field("E,px,py,pz", description="The four components.")
    unit: Literal["GeV", "MeV"] = Field("GeV", description="Unit of energies, momenta and masses.")
    missing: Missing = MISSING
    features: list[Literal["raw", "constituents", "jet", "objects", "pairs", "lorentz-boost"]] = Field(
        ["constituents", "jet"],
        min_length=1,
        description=(
            "What the network sees: raw: the components; constituents: each relative to the sum; jet: pT, η, m "
            "of the sum and the number of particles; objects: pT, η, φ, m and boost of each; pairs: masses and "
            "angles of pairs; lorentz-boost: learnt combinations in learnt rest frames."
        ),
    )
    pairs_of: Whole = Field(4, ge=2, le=50, description="Number of leading particles that form pairs.")
    lorentz_boost: LorentzBoostSection = Field(LorentzBoostSection(), description="Size of the Lorentz Boost Network.")
    scaling: Scaling = SCALING
    noise: Number = NOISE
    augment: list[Literal["rotate-phi", "reflect-eta", "permute"]] = Field(
        default_factory=list,
        description=(
            "Symmetries applied at random in each training step: rotation around the beam, reflection of z, "
            "permutation of the particles."
        ),
    )

    @property
    def component_columns(self) -> list[str]:
        """The columns of the components: one, or four; patterns with ``{i}`` are not expanded."""
        return [self.columns] if isinstance(self.columns, str) else list(self.columns)

    @property
    def component_units(self) -> list[str]:
        """The unit of each of the four components, in the order of basis; empty for η, which has none."""
        return [{"eta": "", "phi": "rad"}.get(component, self.unit) for component in self.basis.split(",")]

    @model_validator(mode="after")
    def _four_columns_or_one(self) -> Self:
        if isinstance(self.columns, list) and len(self.columns) != 4:
            msg = (
                f"columns must be one name or the four names of {self.basis}, received {len(self.columns)}. Other "
                "columns of each particle belong in properties"
            )
            raise ValueError(msg)
        if isinstance(self.columns, list) and len({is_numbered(column) for column in self.columns}) > 1:
            msg = "either all four columns are numbered, with {i} in their names, or none. Choose four of one kind"
            raise ValueError(msg)
        for key, values in (("features", self.features), ("augment", self.augment)):
            if len(set(values)) < len(values):
                msg = f"{key} names one twice: {', '.join(values)}. Name each once"
                raise ValueError(msg)
        return self


class _FourVectorsKind(Section):
    kind: Literal["four-vectors"] = Field(description="Four-vectors; others: particles, numeric, categorical.")


class FourVectorsInput(FourVectors, _FourVectorsKind):
    """Four-vectors: a jet's constituents or the objects of an event, hardest first; absent ones are missing.

    For particles with more than a few other numbers, or without four-vectors, use `particles`.
    """

    at_most: Whole = Field(
        200, ge=1, le=10_000, description="The first so many particles of a row are taken, in the order of the file."
    )
    properties: list[str] = Field(
        default_factory=list,
        description=(
            "More numbers of each particle, such as a b-tag or a charge, in the layout of the four components: "
            "lists, or numbered columns with {i}."
        ),
    )
    properties_missing: Missing = Field(default=False, description="Markers of missing properties, as in missing.")

    @model_validator(mode="after")
    def _properties_and_pairs(self) -> Self:
        numbered = isinstance(self.columns, list) and is_numbered(self.columns[0])
        mismatched = next((column for column in self.properties if (is_numbered(column)) != numbered), None)
        if mismatched is not None:
            layout = "numbered, with {i} in the name, as" if numbered else "lists, without {i} in the name, as"
            msg = f"properties: {mismatched} must be {layout} the four columns are"
            raise ValueError(msg)
        if set(self.properties) & set(self.component_columns):
            twice = ", ".join(sorted(set(self.properties) & set(self.component_columns)))
            msg = f"properties: name only columns that are none of the four components. Leave {twice} out"
            raise ValueError(msg)
        if len(set(self.properties)) < len(self.properties):
            msg = f"properties names one twice: {', '.join(self.properties)}. Name each once"
            raise ValueError(msg)
        if "pairs" in self.features and self.at_most < 2:
            msg = "features: pairs need at_most to be 2 or more. Raise at_most, or leave pairs out"
            raise ValueError(msg)
        return self
