"""Samples: the files of one process, with what is expected of it in recorded collisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, WrapValidator, model_validator

from netwright.config.csv import CsvSection
from netwright.config.friends import FriendSection
from netwright.config.result import CrossSection, femtobarns, inverse_femtobarns
from netwright.section import FileNames, Name, Number, Section

__all__ = ["EVENT_WEIGHT", "NOMINAL", "SAMPLE", "SampleSection", "SumOfWeightsSection", "VariationSection"]

SAMPLE = "sample"
"""Column that names the sample of each row."""

EVENT_WEIGHT = "event_weight"
"""Column of the event weight of each row, in expected events where its sample has a cross section."""

NOMINAL = "nominal"
"""Name of a sample without variation."""


class SumOfWeightsSection(Section):
    """A column whose sum is the sum of generator weights of a sample."""

    key: str = Field(description="The tree, such as Runs, or histograms, such as CutBookkeeper_*_NOSYS.")
    column: str = Field(description="The column to sum over all files, such as genEventSumw, or bin_2 of histograms.")


_POSITIVE: TypeAdapter[float] = TypeAdapter(Annotated[Number, Field(gt=0)])


def _number_or_column(content: Any, _: Callable[[Any], Any]) -> float | SumOfWeightsSection:  # noqa: ANN401
    """Read what is written, so that mistakes are those of one kind and not of both."""
    if isinstance(content, Mapping | SumOfWeightsSection):
        return SumOfWeightsSection.model_validate(content)
    return _POSITIVE.validate_python(content)


SumOfWeights = Annotated[float | SumOfWeightsSection, WrapValidator(_number_or_column)]


class VariationSection(Section):
    """What to read instead for a systematic variation; missing keys are taken from the sample."""

    files: FileNames = Field(default_factory=list, description="Other files, with their own sum of weights.")
    key: str | None = Field(None, description="Another TTree or HDF5 dataset of the files.")
    weight: str | None = Field(None, description="Another column of the event weight, or product of columns.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Columns to read instead of others, such as {Jet_pt: Jet_pt_jesTotalUp}.",
    )
    sum_of_weights: SumOfWeights | None = Field(
        None,
        description=(
            "Sum of generator weights, if it differs from that of the sample: a number, or a key and a column."
        ),
    )

    @model_validator(mode="after")
    def _varies_something(self) -> Self:
        if not (self.files or self.key or self.weight or self.columns):
            msg = "a variation has other files, another key, weight or columns, received none of them. Give one"
            raise ValueError(msg)
        return self


class SampleSection(Section):
    """The files of one process. Missing keys are taken from `data`; if both have a selection, both apply."""

    files: FileNames = Field(min_length=1, description="Files to read; * matches any characters.")
    recorded: bool = Field(
        False,  # noqa: FBT003  # pydantic's default
        description=(
            "Whether these are recorded collisions: scored and compared with simulation, but never trained on."
        ),
    )
    key: str | None = Field(None, description="Name of the TTree or HDF5 dataset.")
    csv: CsvSection | None = Field(None, description="Format of text tables.")
    friends: list[FriendSection] = Field(
        default_factory=list, description="More columns of its rows, in addition to data.friends."
    )
    weight: str | None = Field(
        None, description="Column of the event weight, or a product of columns; without one, every row has weight 1."
    )
    cross_section: CrossSection | None = Field(None, description="σ with its unit, such as 831.8 pb.")
    sum_of_weights: SumOfWeights | None = Field(
        None,
        description=(
            "Σw of all generated events: a number, or {key: Runs, column: genEventSumw}; by default the sum "
            "over all rows of the files, before any selection."
        ),
    )
    importance: Annotated[Number, Field(gt=0)] = Field(
        1.0, description="Factor on the weights of its rows in training, before balance; yields do not change."
    )
    derived: dict[Name, str] = Field(
        default_factory=dict,
        description=("New columns of this sample; they are computed before those of data.derived and override them."),
    )
    selection: str | None = Field(None, description="SQL condition on the rows of this sample.")
    variations: dict[Name, VariationSection] = Field(
        default_factory=dict, description="Systematic variations by name, in addition to data.variations."
    )

    @model_validator(mode="after")
    def _recorded_rows_have_no_weight(self) -> Self:
        keys = [key for key in ("weight", "cross_section", "sum_of_weights", "variations") if getattr(self, key)]
        if self.recorded and (keys or self.importance != 1):
            msg = f"recorded collisions have weight 1 and no {(keys or ['importance'])[0]}. Leave it out"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _sums_are_for_cross_sections(self) -> Self:
        if self.sum_of_weights is not None and self.cross_section is None:
            msg = "sum_of_weights is what a cross section is divided by. Give cross_section too"
            raise ValueError(msg)
        return self

    def events(self, luminosity: str) -> float:
        """Return the expected number of events of the process.

        Args:
            luminosity: with its unit, such as 138 fb-1.

        Returns:
            σ L.
        """
        return femtobarns(str(self.cross_section)) * inverse_femtobarns(luminosity)
