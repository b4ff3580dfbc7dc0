"""An experiment: everything that one experiment file says."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from netwright.config._section import Name, Section
from netwright.config.data import DataSection
from netwright.config.inputs import FourVectorsInput, InputGroup
from netwright.config.model import ModelSection
from netwright.config.split import SplitSection
from netwright.config.targets import Target
from netwright.config.training import TrainingSection

__all__ = ["Experiment"]


class Experiment(Section):
    """One experiment file, read and checked: from the data to the settings of the training."""

    name: str = Field("experiment", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Of the run directory.")
    data: DataSection
    inputs: dict[Name, InputGroup] = Field(min_length=1, description="Named groups of columns.")
    targets: dict[Name, Target] = Field(min_length=1, description="One head of the network each.")
    split: SplitSection = SplitSection()
    model: ModelSection = ModelSection()
    training: TrainingSection = TrainingSection()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        both = sorted(set(self.inputs) & set(self.targets))
        if both:
            msg = f"inputs and targets need different names (they are nodes of one network), both have {both}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _targets_are_no_inputs(self) -> Self:
        columns = {c for group in self.inputs.values() for c in group.columns}
        leaks = sorted({target.column for target in self.targets.values()} & columns)
        if leaks:
            msg = f"the network may not see what it shall say: {leaks} are targets and inputs"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _deep_sets_have_constituents(self) -> Self:
        four_vectors = any(isinstance(group, FourVectorsInput) for group in self.inputs.values())
        if self.model.body.kind == "deep-sets" and not four_vectors:
            msg = "a deep-sets body needs an input group of kind four-vectors; for flat columns use kind: dense"
            raise ValueError(msg)
        return self
