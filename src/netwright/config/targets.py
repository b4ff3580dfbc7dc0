"""The `targets` section: the quantities that the network predicts, one head each."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictInt, StrictStr, model_validator

from netwright.config._section import Name, Number, Section, Units, Whole

__all__ = ["BinaryTarget", "Label", "MulticlassTarget", "RegressionTarget", "Target"]

Label = Annotated[StrictInt, Field(ge=-(2**63), lt=2**64)] | StrictStr
"""What a column says of a row's class: a whole number or a word."""


class _Head(Section):
    column: str = Field(description="Column of the true value.")
    where: str | None = Field(None, description="SQL condition; the head learns from rows that fulfil it.")
    loss_weight: Number = Field(
        1.0, ge=0, description="λ of this head in L = L_A + λ·L_B; 0: it is measured and drawn, but not learned."
    )
    body: str = Field("body", description="Which body the head sits on: model.body, or one of model.more_bodies.")
    units: Units = Field(
        default_factory=list, description="Dense layers of the head's own, between the body and its output."
    )


class _ClassHead(_Head):
    classes: dict[Name, Label]
    signal: Name | None = Field(
        None, description="Which class is the signal, that efficiencies and rejections are about; the last by default."
    )
    balance: Literal["none", "weights", "collocated", "down-sampling"] = Field(
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


class BinaryTarget(_ClassHead):
    """Signal against background: the head gives the signal's probability."""

    @model_validator(mode="before")
    @classmethod
    def _signal_comes_second(cls, given: Any) -> Any:  # noqa: ANN401  # whatever a file holds
        """Name the signal, and put the two classes in the order background, signal."""
        if not isinstance(given, dict):
            return given
        classes = given.get("classes", {"background": 0, "signal": 1})
        if not isinstance(classes, dict) or len(classes) != 2:
            return given
        signal = given.get("signal") or list(classes)[-1]
        ordered = dict(sorted(classes.items(), key=lambda one: one[0] == signal))
        return {**given, "classes": ordered, "signal": signal}

    kind: Literal["binary"] = Field(description="Two classes; others: multiclass, regression.")
    classes: dict[Name, Label] = Field(
        {"background": 0, "signal": 1},
        min_length=2,
        max_length=2,
        description="Name and value of the two classes; the second is the signal, unless `signal` names the first.",
    )


class MulticlassTarget(_ClassHead):
    """One of several classes: the head gives the probability of each."""

    @model_validator(mode="before")
    @classmethod
    def _say_signal_and_fractions(cls, given: Any) -> Any:  # noqa: ANN401  # whatever a file holds
        """Write out which class is the signal, and equal fractions of the others."""
        classes = given.get("classes") if isinstance(given, dict) else None
        if not isinstance(classes, dict) or len(classes) < 2:
            return given
        signal = given.get("signal") or list(classes)[-1]
        backgrounds = [name for name in classes if name != signal]
        equal = dict.fromkeys(backgrounds, 1 / len(backgrounds))
        return {**given, "signal": signal, "fractions": given.get("fractions") or equal}

    kind: Literal["multiclass"] = Field(description="Several classes; others: binary, regression.")
    classes: dict[Name, Label] = Field(min_length=2, description="Name and value of each class.")
    fractions: dict[Name, Number] = Field(
        default_factory=dict,
        description=(
            "f of each background in the discriminant D_s = ln(p_s / Σ f_b p_b) of the signal s, by which rejections "
            "are measured; equal ones if not given."
        ),
    )

    @model_validator(mode="after")
    def _rest_is_no_class(self) -> Self:
        if "rest" in self.classes:
            msg = "rest stands for all other classes in roc_auc_A_vs_rest; call the class other, for instance"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _fractions_are_of_backgrounds(self) -> Self:
        backgrounds = [name for name in self.classes if name != self.signal]
        if set(self.fractions) != set(backgrounds):
            msg = (
                f"fractions must name each class but the signal {self.signal}: {', '.join(backgrounds)}; got "
                f"{', '.join(self.fractions)}. Use 0 for one that does not count."
            )
            raise ValueError(msg)
        if min(self.fractions.values()) < 0 or sum(self.fractions.values()) <= 0:
            msg = f"fractions must not be negative, nor all 0, got {self.fractions}"
            raise ValueError(msg)
        return self


class RegressionTarget(_Head):
    """A number in its unit; the standardisation is undone inside the network."""

    kind: Literal["regression"] = Field(description="A number; others: binary, multiclass.")
    unit: str | None = Field(None, description="Unit of the column, shown in figures.")
    flat_bins: Whole = Field(
        0, ge=0, le=1000, description="Bins in which weights flatten the target's distribution in training; 0: none."
    )


Target = Annotated[BinaryTarget | MulticlassTarget | RegressionTarget, Field(discriminator="kind")]
