"""Rejections of background at signal efficiencies, as metrics of heads."""

from __future__ import annotations

from netwright.metrics._heads import BinaryHead, MulticlassHead
from netwright.metrics._metric import MeasuredNumbers, Metric

__all__ = ["REJECTION", "REJECTION_OF_EACH"]


def rejection(head: BinaryHead) -> MeasuredNumbers:
    """Yield 1/ε_B at each ε_S."""
    for efficiency in head.efficiencies:
        yield {"efficiency": f"{efficiency:g}"}, head.curve.rejection(efficiency)


def rejection_of_each(head: MulticlassHead) -> MeasuredNumbers:
    """Yield 1/ε_B of each background at each ε_S of a cut on the signal's log-likelihood ratio."""
    for background, curve in head.curves.items():
        for efficiency in head.efficiencies:
            words = {"background": background, "efficiency": f"{efficiency:g}"}
            yield words, curve.rejection(efficiency)


REJECTION = Metric(
    "background_rejection_{efficiency}", "1/ε_B at ε_S = {efficiency}", "larger", rejection, of=(BinaryHead,)
)
REJECTION_OF_EACH = Metric(
    "background_rejection_{background}_{efficiency}",
    "1/ε_{background} at ε_S = {efficiency}",
    "larger",
    rejection_of_each,
    of=(MulticlassHead,),
)
