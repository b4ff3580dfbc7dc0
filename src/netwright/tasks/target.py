"""Base classes of the sections of heads in the `targets` of an experiment file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, model_validator

from netwright.section import Name, Number, Section, Units

if TYPE_CHECKING:
    from netwright.tasks.task import RowLoss

__all__ = ["Balance", "ClassDefinition", "ClassTarget", "Label", "TargetSection", "usual_signal"]


def _whole(value: object) -> object:
    """Return 1 for true and 1.0, and 0 for false and 0.0: columns hold labels in all of these forms."""
    return int(value) if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()) else value


Label = Annotated[StrictInt, Field(ge=-(2**63), lt=2**64), BeforeValidator(_whole)] | StrictStr
"""What a column says of a row's class: a whole number or a word; without a column, a flag column or a condition."""

ClassDefinition = Label | list[Label]
"""What makes a row one of a class: a label, or one of several."""

Balance = Literal["none", "weights", "collocated", "down-sampling"]
"""How classes get equal importance in training."""


class TargetSection(Section):
    """One head: what it learns to say of a row. Each kind of head adds its own keys and a `kind`."""

    if TYPE_CHECKING:
        kind: str  # defined by each kind of head

    column: str = Field(description="Column of the true value.")
    where: str | None = Field(
        None, description="SQL condition; the head is trained and evaluated on rows that fulfil it."
    )
    loss_weight: Number = Field(
        1.0, ge=0, description="λ of this head in L = L_A + λ·L_B; 0: measured and plotted, but not trained."
    )
    body: str = Field("body", description="The body of the head: model.body, or one of model.more_bodies.")
    units: Units = Field(
        default_factory=list, description="Dense layers between the body and the output, for this head only."
    )

    @property
    def row_loss(self) -> RowLoss | None:
        """The loss that the section chooses; None for the one of its kind of head."""
        return None

    @property
    def labels(self) -> Mapping[str, ClassDefinition]:
        """Definition of each class, by class name; empty where the truth is a number."""
        return {}

    @property
    def truth(self) -> str:
        """What the truth is read from, for people: the column, or the definitions of the classes."""
        return f"column {self.column}"

    @property
    def truth_conditions(self) -> tuple[str, ...]:
        """Flag columns and SQL conditions of the classes, where no column has the class."""
        return ()

    def labels_of(self, name: str) -> tuple[Label, ...]:
        """Return what makes a row one of a class.

        Args:
            name: of the class.

        Returns:
            One label or several, of which a row fulfils one.

        Example:
            >>> from netwright.tasks import BinaryTarget
            >>> BinaryTarget(kind="binary", column="id", classes={"b": [1, 2], "s": 3}).labels_of("b")
            (1, 2)
        """
        labels = self.labels[name]
        return tuple(labels) if isinstance(labels, list) else (labels,)

    def meaning(self, name: str) -> str:
        """Return what makes a row one of a class, for people.

        Args:
            name: of the class.

        Returns:
            Such as ``id = 1 or 2``, or the flag column or condition.

        Example:
            >>> from netwright.tasks import BinaryTarget
            >>> BinaryTarget(kind="binary", column="id", classes={"b": [1, 2], "s": 3}).meaning("b")
            'id = 1 or 2'
        """
        labels = " or ".join(str(label) for label in self.labels_of(name))
        return f"{self.column} = {labels}" if self.column else labels

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
    def protected_column(self) -> str:
        """The column that the score of background may not depend on; empty without."""
        return ""

    @property
    def output_calibration(self) -> Literal["none", "temperature", "isotonic"]:
        """How probabilities are calibrated after training; ``none`` where the truth is a number."""
        return "none"

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


def usual_signal(classes: Iterable[str]) -> str:
    """Return the class that is the signal where no other is named.

    Args:
        classes: names of the classes, at least one.

    Returns:
        The first class called signal or sig, in any case; the last class if there is none.

    Example:
        >>> usual_signal(["Signal", "background"]), usual_signal(["QCD", "top"])
        ('Signal', 'top')
    """
    names = list(classes)
    return next((name for name in names if str(name).lower() in {"signal", "sig"}), names[-1])


def _no_value(signal: object) -> object:
    if not isinstance(signal, str):
        msg = "signal is the name of a class, not its value"
        raise ValueError(msg)  # noqa: TRY004  # pydantic collects ValueError
    return signal


class ClassTarget(TargetSection):
    """A head that tells classes apart."""

    column: str = Field(
        "",
        description=(
            "Column with the class of a row: numbers, words, or a one-hot array. Leave it out if the classes "
            "are flag columns or SQL conditions."
        ),
    )
    classes: dict[Name, ClassDefinition]
    signal: Annotated[Name, BeforeValidator(_no_value)] | None = Field(
        None,
        description=(
            "The signal class, for efficiencies and rejections; by default that called signal or sig, else the last."
        ),
    )
    balance: Balance = Field(
        "none",
        description=(
            "How training gives classes equal sums of weights. weights: factors ⟨N⟩/N_c; collocated: also "
            "equally many rows of each class in every batch; down-sampling: drop rows of large classes, then "
            "such weights."
        ),
    )

    importance: dict[Name, Annotated[Number, Field(gt=0)]] = Field(
        default_factory=dict,
        description=(
            "Factor on the weights of a class in training, after balance; 1 by default. netwright scan finds the best."
        ),
    )

    @property
    def labels(self) -> Mapping[str, ClassDefinition]:
        """Definition of each class, by class name."""
        return self.classes

    @property
    def truth(self) -> str:
        """What the truth is read from, for people: the column, or the definitions of the classes."""
        return super().truth if self.column else ", ".join(f"{name}: {self.meaning(name)}" for name in self.classes)

    @property
    def truth_conditions(self) -> tuple[str, ...]:
        """Flag columns and SQL conditions of the classes, where no column has the class."""
        conditions = [] if self.column else [label for name in self.classes for label in self.labels_of(name)]
        return tuple(str(label) for label in conditions)

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
            msg = f"importance is of the classes {', '.join(self.classes)}, received {unknown[0]}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _signal_is_a_class(self) -> Self:
        if self.signal is not None and self.signal not in self.classes:
            msg = f"signal must be one of the classes {', '.join(self.classes)}, received {self.signal}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        labels = [label for name in self.classes for label in self.labels_of(name)]
        if [] in self.classes.values():
            msg = f"every class needs at least one value, received {self.classes}"
            raise ValueError(msg)
        if len(set(labels)) < len(labels):
            msg = f"every class needs a different value, received {self.classes}"
            raise ValueError(msg)
        if len({type(label) for label in labels}) > 1:
            msg = f"the values of classes are whole numbers or words, not both, received {self.classes}"
            raise ValueError(msg)
        if not self.column and not isinstance(labels[0], str):
            msg = (
                f"column is missing: the classes {self.classes} are values of a column. Name it, or define each class "
                "by a flag column or an SQL condition."
            )
            raise ValueError(msg)
        return self
