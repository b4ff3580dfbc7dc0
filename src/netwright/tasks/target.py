"""Base classes of the sections of heads in the `targets` of an experiment file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, StrictInt, StrictStr, model_validator

from netwright.section import Name, Number, Section, Units

__all__ = ["Balance", "ClassTarget", "Label", "TargetSection"]

Label = Annotated[StrictInt, Field(ge=-(2**63), lt=2**64)] | StrictStr
"""What a column says of a row's class: a whole number or a word."""

Balance = Literal["none", "weights", "collocated", "down-sampling"]
"""How classes get equal importance in training."""


class TargetSection(Section):
    """One head: what it learns to say of a row. Each kind of head adds its own keys and a `kind`."""

    if TYPE_CHECKING:
        kind: str  # defined by each kind of head

    column: str = Field(description="Column of the true value.")
    where: str | None = Field(None, description="SQL condition; the head learns from rows that fulfil it.")
    loss_weight: Number = Field(
        1.0, ge=0, description="λ of this head in L = L_A + λ·L_B; 0: it is measured and drawn, but not learned."
    )
    body: str = Field("body", description="Which body the head sits on: model.body, or one of model.more_bodies.")
    units: Units = Field(
        default_factory=list, description="Dense layers of the head's own, between the body and its output."
    )

    @property
    def labels(self) -> Mapping[str, Label]:
        """Value of each class in the column, by class name; empty where the truth is a number."""
        return {}

    @property
    def signal_name(self) -> str:
        """The class that counts as signal in efficiencies and rejections; empty where the truth is a number."""
        return ""

    @property
    def class_balance(self) -> Balance:
        """How classes are balanced in training; ``none`` where the truth is a number."""
        return "none"

    @property
    def class_importance(self) -> Mapping[str, float]:
        """Factor on the training weights of each class, applied after balancing; 1 for classes not listed."""
        return {}

    @property
    def chooses_rows(self) -> bool:
        """Whether class balancing determines which rows make up a batch."""
        return self.class_balance in {"collocated", "down-sampling"}

    @property
    def flattening_bins(self) -> int:
        """Number of bins used to flatten the distribution of the truth by weights in training; 0 for no flattening."""
        return 0

    @property
    def value_unit(self) -> str:
        """Unit of the output; empty if dimensionless."""
        return ""


class ClassTarget(TargetSection):
    """A head that tells classes apart."""

    classes: dict[Name, Label]
    signal: Name | None = Field(
        None, description="Which class is the signal, that efficiencies and rejections are about; the last by default."
    )
    balance: Balance = Field(
        "none",
        description=(
            "How classes get equal importance, which is equal sums of weights, in training: weights ⟨N⟩/N_c; "
            "collocated: as many rows of each class in every batch, with these weights; down-sampling: rows of large "
            "classes are left out, and what is left has such weights."
        ),
    )

    importance: dict[Name, Annotated[Number, Field(gt=0)]] = Field(
        default_factory=dict,
        description=(
            "By class a factor on the weights of its rows in training, after balance; 1 where none is given. "
            "netwright scan finds the best."
        ),
    )

    @property
    def labels(self) -> Mapping[str, Label]:
        """Value of each class in the column, by class name."""
        return self.classes

    @property
    def signal_name(self) -> str:
        """The class that counts as signal in efficiencies and rejections."""
        return self.signal or list(self.classes)[-1]

    @property
    def class_balance(self) -> Balance:
        """How classes are balanced in training."""
        return self.balance

    @property
    def class_importance(self) -> Mapping[str, float]:
        """Factor on the training weights of each class, applied after balancing; 1 for classes not listed."""
        return self.importance

    @model_validator(mode="after")
    def _importance_is_of_classes(self) -> Self:
        unknown = [name for name in self.importance if name not in self.classes]
        if unknown:
            msg = f"importance is of the classes {', '.join(self.classes)}, got {unknown[0]}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _signal_is_a_class(self) -> Self:
        if self.signal is not None and self.signal not in self.classes:
            msg = f"signal must be one of the classes {', '.join(self.classes)}, got {self.signal}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _values_differ(self) -> Self:
        if len(set(self.classes.values())) < len(self.classes):
            msg = f"every class needs a value of its own, got {self.classes}"
            raise ValueError(msg)
        if len({type(value) for value in self.classes.values()}) > 1:
            msg = f"the values of classes are whole numbers or words, not both, got {self.classes}"
            raise ValueError(msg)
        return self
