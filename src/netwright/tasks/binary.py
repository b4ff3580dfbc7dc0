"""Signal against background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from netwright.metrics import BinaryHead, as_scored
from netwright.section import Name, Number, Section, Whole
from netwright.tasks.target import ClassDefinition, ClassTarget, usual_signal
from netwright.tasks.task import Array, Output, Task, TruthSummary

if TYPE_CHECKING:
    import jax
    from jax.typing import ArrayLike

__all__ = ["BINARY", "BinaryTarget", "ProtectedSection", "binary_cross_entropy"]


class ProtectedSection(Section):
    """A quantity that the score of background must not depend on, such as the mass of a jet."""

    column: str = Field(description="Column of the quantity.")
    loss_weight: Number = Field(
        1.0,
        ge=0,
        description=(
            "λ of the distance correlation between score and column on the background rows of a batch, added to "
            "the loss; 0: only measured and plotted. The time grows with the square of the batch size."
        ),
    )


class BinaryTarget(ClassTarget):
    """Signal against background: the head gives the signal's probability."""

    @model_validator(mode="before")
    @classmethod
    def _signal_comes_second(cls, content: Any) -> Any:  # noqa: ANN401  # any value from a file
        """Fill in the signal class, and order the two classes as background, signal."""
        if not isinstance(content, dict):
            return content
        classes = content.get("classes", {"background": 0, "signal": 1})
        if not isinstance(classes, dict) or len(classes) != 2:
            return content
        signal = usual_signal(classes) if content.get("signal") is None else content["signal"]
        ordered = dict(sorted(classes.items(), key=lambda item: item[0] == signal))
        return {**content, "classes": ordered, "signal": signal}

    kind: Literal["binary"] = Field(description="Two classes; others: multiclass, regression, quantiles.")
    classes: dict[Name, ClassDefinition] = Field(
        {"background": 0, "signal": 1},
        min_length=2,
        max_length=2,
        description=(
            "Name and definition of the two classes: a value of the column, or without column a flag column or "
            "an SQL condition; a list means any of several. The signal is the class called signal or sig, else the "
            "second, unless `signal` names the other. Rows in neither class are left out."
        ),
    )
    calibration: Literal["none", "temperature", "isotonic"] = Field(
        "none",
        description=(
            "Calibration of the probabilities on validation rows after training, as a layer of the network. "
            "temperature: the logit becomes z/T + b; isotonic: an increasing curve with up to 64 knots."
        ),
    )

    loss: Literal["cross-entropy", "significance", "limit"] = Field(
        "cross-entropy",
        description=(
            "Loss: cross-entropy, or the expected result of each batch, computed from the section result. "
            "significance: -ln Z of a soft cut; limit: ln μ of ten soft bins. These two need large batches."
        ),
    )
    pretraining: Whole = Field(5, ge=0, description="Epochs of cross entropy before another loss takes over.")
    protected: ProtectedSection | None = Field(
        None, description="A column that the score of background must not depend on; see below."
    )

    @property
    def protected_column(self) -> str:
        """The column that the score of background may not depend on; empty without."""
        return "" if self.protected is None else self.protected.column

    @property
    def output_calibration(self) -> Literal["none", "temperature", "isotonic"]:
        """How probabilities are calibrated after training."""
        return self.calibration


def binary_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    """Return the cross entropy of the signal probability p = 1 / (1 + exp(-z)).

    l = -y ln p - (1 - y) ln(1 - p) = ln(1 + exp z) - y z.

    Args:
        logits: z, shape (rows,), dimensionless.
        labels: y, 0 or 1, shape (rows,), dimensionless.

    Returns:
        l, shape (rows,), dimensionless.

    Source: definition.

    Example:
        >>> round(float(binary_cross_entropy(0.0, 1.0)), 4)
        0.6931
    """
    import jax
    import jax.numpy as jnp

    return jax.nn.softplus(jnp.asarray(logits)) - jnp.asarray(labels) * jnp.asarray(logits)


def _first_bias(target: BinaryTarget, truth: TruthSummary) -> float:
    """Return the log odds of the class fractions, rather than 0; balancing makes the fractions equal."""
    if target.balance != "none" and not target.importance:
        return 0.0
    background, signal = truth.class_weights if target.balance == "none" else (1.0, 1.0)
    first, second = (target.importance.get(label, 1.0) for label in target.classes)
    return float(np.log(signal * second / (background * first)))


def _rows(target: BinaryTarget, truth: Array, scores: Array, weights: Array) -> BinaryHead:  # noqa: ARG001
    return BinaryHead(as_scored(truth, scores, weights))


def _raw_rows(target: BinaryTarget, truth: Array, raw: Array, weights: Array, summary: TruthSummary) -> BinaryHead:  # noqa: ARG001
    """Measure logits, because the probabilities of extreme rows round to the same number."""
    return BinaryHead(as_scored(truth, raw, weights), logits=True)


def _purpose(head: str, target: BinaryTarget) -> str:
    background, signal = target.classes
    return f"tells {signal} from {background} ({head})"


def _remark(target: BinaryTarget) -> str:
    signal = list(target.classes)[1]
    meaning = target.meaning(signal)
    called = "" if meaning.endswith(f" {signal}") else f" ({signal})"
    return f"the signal is {meaning}{called}; the key signal can name the other class"


BINARY = Task(
    kind="binary",
    section=BinaryTarget,
    loss=binary_cross_entropy,
    output=lambda target: Output(activation="sigmoid"),  # noqa: ARG005  # every kind of head takes its section
    rows_type=BinaryHead,
    rows=_rows,
    raw_rows=_raw_rows,
    headlines=("roc_auc", "background_rejection_0.3"),
    combine="votes",
    figures="binary",
    purpose=_purpose,
    onnx_meaning=lambda target: {"meaning": f"probability of {list(target.classes)[1]}"},
    remark=_remark,
    caption=lambda target: f"{target.signal} is the signal.",
    signal_score=lambda target, scores: scores.astype(np.float64),  # noqa: ARG005  # as `output`
    signal_span=(0.0, 1.0),
    needs_every_class=True,  # with a single class, only the accuracy is defined
    first_bias=_first_bias,
)
