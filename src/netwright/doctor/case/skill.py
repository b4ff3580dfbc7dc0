"""How well a model does, compared with simple methods and with other members."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MemberLoss", "Skill"]


@dataclass(frozen=True)
class Skill:
    """How well the network does on its training rows, compared with what is possible without a network.

    Each is the share of rows that are right (classes), or the share of the target's variance that is explained
    (regression): 1 is perfect.

    Attributes:
        network: of the network, dropout and the like switched off.
        trivial: of the most frequent class or the mean.
        baseline: of the best simple method on rows it has not seen (leave one out); NaN with few rows.
        shortfall: baseline minus network, on the same rows.
        error: standard error of the shortfall.
        linear: of the best linear method on rows it has not seen; with few rows, of a line through all of them.
        validation: of the network on the validation rows; NaN without.
        explained: share of the variance of the targets, or of the classes' indicators, that the network explains.
        explained_shortfall: baseline minus network, by explained variance.
        explained_error: standard error of that.
        classes: whether rows belong to classes.
        consistent: whether rows with the same inputs have the same targets.
        explained_baseline: share of the variance that the best simple method explains on rows it has not seen.
        explained_limit: what chance alone would explain with these rows, 3 deviations above its mean.
        random_labels: share of the labels that look as if drawn at random; 0 where that is not clear.
        counted: share of rows that a linear method gets right, on rows that it has not seen, by how often each number
            is in a row; NaN where inputs are no whole numbers, or there are no classes.
    """

    network: float
    trivial: float
    baseline: float = float("nan")
    shortfall: float = float("nan")
    error: float = float("nan")
    linear: float = float("nan")
    validation: float = float("nan")
    explained: float = float("nan")
    explained_shortfall: float = float("nan")
    explained_error: float = float("nan")
    classes: bool = True
    consistent: bool = True
    explained_baseline: float = float("nan")
    explained_limit: float = float("nan")
    random_labels: float = 0.0
    counted: float = float("nan")

    @property
    def learnable(self) -> bool:
        """Whether the simple method learns something, so that there is something to learn."""
        right = self.baseline > self.trivial + max(0.03, 4 * self.error)
        return bool(right or self.explained_baseline > self.explained_limit)


@dataclass(frozen=True)
class MemberLoss:
    """How well a member of an ensemble or a cross-validation does.

    Attributes:
        member: its number, from 0.
        rows: the same for members that are judged by the same validation rows.
        loss: on its validation rows.
        error: standard error of that.
    """

    member: int
    rows: str
    loss: float
    error: float
