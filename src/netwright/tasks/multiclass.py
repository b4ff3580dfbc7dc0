"""One of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from netwright.metrics import MulticlassHead, as_multiclass_head, log_likelihood_ratio
from netwright.section import Name, Number
from netwright.tasks.target import ClassDefinition, ClassTarget, usual_signal
from netwright.tasks.task import Array, Output, Task, TruthSummary

if TYPE_CHECKING:
    import jax
    from jax.typing import ArrayLike

__all__ = ["MULTICLASS", "MulticlassTarget", "cross_entropy"]


class MulticlassTarget(ClassTarget):
    """One of several classes: the head gives the probability of each."""

    @model_validator(mode="before")
    @classmethod
    def _say_signal_and_fractions(cls, content: Any) -> Any:  # noqa: ANN401  # any value from a file
        """Fill in the signal class, and equal fractions for the other classes."""
        classes = content.get("classes") if isinstance(content, dict) else None
        if not isinstance(classes, dict) or len(classes) < 2:
            return content
        signal = usual_signal(classes) if content.get("signal") is None else content["signal"]
        backgrounds = [name for name in classes if name != signal]
        equal = dict.fromkeys(backgrounds, 1 / len(backgrounds))
        return {**content, "signal": signal, "fractions": content.get("fractions") or equal}

    kind: Literal["multiclass"] = Field(description="Several classes; others: binary, regression, quantiles.")
    classes: dict[Name, ClassDefinition] = Field(
        min_length=2,
        description=(
            "Name and definition of each class: a value of the column, or without column a flag column or an "
            "SQL condition; a list means any of several. Rows in none of the classes are left out."
        ),
    )
    fractions: dict[Name, Number] = Field(
        default_factory=dict,
        description=(
            "f of each background in the discriminant D_s = ln(p_s / Σ f_b p_b) of the signal s, which "
            "rejections cut on; equal by default."
        ),
    )

    calibration: Literal["none", "temperature"] = Field(
        "none",
        description=(
            "Calibration of the probabilities on validation rows after training, as a layer of the network. "
            "temperature: logits become z/T + b, with one b per class."
        ),
    )

    @property
    def output_calibration(self) -> Literal["none", "temperature", "isotonic"]:
        """How probabilities are calibrated after training."""
        return self.calibration

    @property
    def discriminant(self) -> str:
        """Formula of the signal discriminant."""
        mixture = " + ".join(f"{fraction:.3g} p_{name}" for name, fraction in self.fractions.items())
        return f"ln(p_{self.signal} / ({mixture}))"

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
                f"fractions must name each class but the signal {self.signal}: {', '.join(backgrounds)}; received "
                f"{', '.join(self.fractions)}. Use 0 for one that does not count."
            )
            raise ValueError(msg)
        if min(self.fractions.values()) < 0 or sum(self.fractions.values()) <= 0:
            msg = f"fractions must not be negative, nor all 0, received {self.fractions}"
            raise ValueError(msg)
        return self


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    """Return the cross entropy of class probabilities p_c = exp z_c / Σ_k exp z_k.

    l = -ln p_y = ln Σ_k exp z_k - z_y.

    Args:
        logits: z, shape (rows, classes), dimensionless.
        labels: y, index of the class, integers of shape (rows,), dimensionless.

    Returns:
        l, shape (rows,), dimensionless.

    Source: definition.

    Example:
        >>> round(float(cross_entropy(np.zeros((1, 4)), np.array([2]))[0]), 4)
        1.3863
    """
    import jax
    import jax.numpy as jnp

    z = jnp.asarray(logits)
    chosen = jnp.take_along_axis(z, jnp.asarray(labels)[:, None], axis=-1)[:, 0]
    return jax.nn.logsumexp(z, axis=-1) - chosen


def _rows(target: MulticlassTarget, truth: Array, scores: Array, weights: Array) -> MulticlassHead:
    return as_multiclass_head(
        truth, scores, weights, class_names=list(target.classes), signal=target.signal, fractions=target.fractions
    )


def _raw_rows(
    target: MulticlassTarget,
    truth: Array,
    raw: Array,
    weights: Array,
    summary: TruthSummary,  # noqa: ARG001  # every kind of head takes a summary of its truth
) -> MulticlassHead:
    probabilities = np.exp(raw - raw.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return _rows(target, truth, probabilities, weights)


def _signal_score(target: MulticlassTarget, scores: Array) -> npt.NDArray[np.float64]:
    """Return the log-likelihood ratio of the signal against the mixture of backgrounds."""
    classes = list(target.classes)
    fractions = [target.fractions.get(name, 0.0) for name in classes]
    return log_likelihood_ratio(scores, classes.index(target.signal_name), fractions)


def _purpose(head: str, target: MulticlassTarget) -> str:
    return f"tells {', '.join(target.classes)} apart ({head}; its signal is {target.signal}, by {target.discriminant})"


MULTICLASS = Task(
    kind="multiclass",
    section=MulticlassTarget,
    loss=cross_entropy,
    output=lambda target: Output(names=tuple(target.classes), activation="softmax"),
    rows_type=MulticlassHead,
    rows=_rows,
    raw_rows=_raw_rows,
    headlines=("roc_auc",),
    combine="votes",
    figures="multiclass",
    purpose=_purpose,
    onnx_meaning=lambda target: {"meaning": "probability of each class", "classes": list(target.classes)},
    signal_score=_signal_score,
    caption=lambda target: f"{target.signal} is the signal; rejections cut on {target.discriminant}.",
)
