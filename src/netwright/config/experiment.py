"""An experiment: the full content of an experiment file."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from netwright.config._agreement import disagreements
from netwright.config._class_samples import with_sample_column
from netwright.config.cluster import ClusterSection
from netwright.config.data import DataSection
from netwright.config.ensemble import EnsembleSection
from netwright.config.inputs import InputGroup
from netwright.config.model import ModelSection
from netwright.config.result import TRAINED_FOR, ResultSection
from netwright.config.search import SearchSection
from netwright.config.split import SharesSplit, SplitSection
from netwright.config.targets import Target
from netwright.config.training import TrainingSection
from netwright.section import Name, Section

__all__ = ["Experiment"]

RUN_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class Experiment(Section):
    """One experiment file, read and checked: from the data to the settings of the training."""

    name: str = Field("experiment", pattern=RUN_NAME_PATTERN, description="Name of the run directory.")
    data: DataSection
    inputs: dict[Name, InputGroup] = Field(min_length=1, description="Named groups of columns.")
    targets: dict[Name, Target] = Field(min_length=1, description="One head of the network per target.")
    split: SplitSection = Field(SharesSplit(kind="shares"), description="How to split the rows.")
    model: ModelSection = ModelSection()
    ensemble: EnsembleSection = Field(EnsembleSection(), description="Number of networks.")
    training: TrainingSection = TrainingSection()
    result: ResultSection | None = Field(
        None, description="Expected events in recorded collisions, for netwright limit."
    )
    trackers: list[Literal["tensorboard", "mlflow", "wandb", "comet"]] = Field(
        [], description="Other places to log the training to, besides the run; local files only."
    )
    search: SearchSection | None = Field(None, description="What netwright search varies.")
    cluster: ClusterSection | None = Field(None, description="Resources of each worker, for --cluster.")

    @model_validator(mode="before")
    @classmethod
    def _classes_of_samples(cls, content: Any) -> Any:  # noqa: ANN401  # any value from a file
        return with_sample_column(content)

    @model_validator(mode="after")
    def _sections_agree(self) -> Self:
        mistakes = list(
            disagreements(
                data=self.data,
                inputs=self.inputs,
                targets=self.targets,
                split=self.split,
                model=self.model,
                ensemble=self.ensemble,
                training=self.training,
                result=self.result,
            )
        )
        if mistakes:
            msg = "\n".join(mistakes)
            raise ValueError(msg)
        return self

    @property
    def trains_for_result(self) -> bool:
        """Whether the section ``result`` has a say in training: as what selects the best epoch, or as a loss."""
        losses = {getattr(target, "loss", None) for target in self.targets.values()}
        return bool({self.training.select, *losses} & TRAINED_FOR)
