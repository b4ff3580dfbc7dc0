"""How many labels look as if they were drawn at random, whatever their row is like.

Where classes overlap, the rows far from the border are nearly all of one class. Where labels are wrong, they are wrong
there too. So the probability of a class, as a function of the score s of a simple method on rows that it has not seen,
is ``ε q + (1 - ε) / (1 + exp(-(a s + b)))`` with the share q of the class: it comes near neither 0 nor 1. Where it
comes near one of them, a part of one class just looks like the other, as background does that nothing tells from
signal: these labels are right. A column with a long tail, such as a momentum, makes scores that lie far out and know
less than they promise, as random labels do: a share counts only if it is found without tails, too, at least half as
clearly. Of numbers, a share ε that is drawn at random draws the mean of the targets, and so the best squared error,
towards the mean of all; the median is not drawn: a line through most of the points (least absolute deviations) is
steeper than the one of least squares by about 1 / (1 - ε). For normal residuals of variance σ² the two slopes differ by
chance with the variance (π/2 - 1) σ² / Σ(s - s̄)², as least squares are efficient.
"""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array

__all__ = ["random_share"]

_SHARES = np.arange(0.1, 0.75, 0.1)  # that are tried
_CLEAR = 6.0  # twice the logarithm of the likelihood ratio: 2.5 standard errors
_MIN_ROWS = 100  # rows
_MAX_CLASSES = 5
_END = 0.3  # of a class, where the score is clearest
_FAR = 0.1  # of a class at each end, whose scores are drawn in
_WITHOUT_TAILS = 2.0  # times as clear as they are, scores without tails count
_BOTH = 0.4  # of the contradictions that random labels make at each end
_FEWER = 2.5  # standard errors, than random labels would make at an end of one of the classes
_STEPS = 25  # of Newton's and of the reweighted method at most: both are exact to 1% by then
_STILL = 1e-3  # of a slope of about 1: Newton's next step is nothing
_MIN_EXPLAINED = 0.05
_STEEPER = 1.2
_ERRORS = 3.0  # standard errors of the difference of both slopes


def random_share(scores: Array, aim: Array, *, classes: bool) -> float:
    """Estimate the share of the labels that were drawn at random.

    Args:
        scores: of a simple method on rows that it has not seen, shape ``(rows, columns)``.
        aim: indicators of the classes, or numbers, of the same shape.
        classes: whether these are indicators.

    Returns:
        The share; 0 where it is not clearly above 0, and with fewer than 100 rows.

    Example:
        >>> random = np.random.default_rng(0)
        >>> s = random.normal(size=(500, 1))
        >>> y = np.where(random.random((500, 1)) < 0.4, random.permutation(s), s + 0.1 * random.normal(size=(500, 1)))
        >>> round(random_share(0.6 * s, y, classes=False), 1)
        0.4
    """
    if len(scores) < _MIN_ROWS or not np.isfinite(scores).all() or not (scores.std(0) > 0).all():
        return 0.0
    if not classes:
        return _share_of_numbers(scores[:, 0], aim[:, 0]) if aim.shape[1] == 1 else 0.0
    columns = [1] if aim.shape[1] == 2 else list(np.argsort(-aim.sum(0))[:_MAX_CLASSES])
    present = [(scores[:, k], aim[:, k]) for k in columns if 0 < aim[:, k].mean() < 1]
    estimates = [_share_of_class(*of_class) for of_class in present]
    if sum(ratio for _, ratio in estimates) <= _CLEAR:
        return 0.0
    share = float(np.median([share for share, _ in estimates]))
    return 0.0 if any(_has_clear_end(*of_class, share) for of_class in present) else share


def _has_clear_end(score: Array, inside: Array, share: float) -> bool:
    """Whether far fewer labels contradict the others at an end of the scores than this share of random ones would.

    Counts are compared by their square roots, ``√n + 3/8`` under the root, whose deviation is 1/2 (Anscombe, 1948).
    """
    expected = share * inside.mean() * (1 - inside.mean()) * _END * len(inside)  # at each end
    found = _contradictions(score, inside) / share * expected
    return bool(2 * (np.sqrt(expected) - np.sqrt(found + 3 / 8)) > _FEWER)


def _share_of_class(score: Array, inside: Array) -> tuple[float, float]:
    """Return the likeliest share, and twice the logarithm of its likelihood ratio to none: 0 if one end is clear."""
    s = (score - score.mean()) / score.std()
    contradictions = _contradictions(s, inside)
    if not _BOTH * _SHARES[0] < contradictions < 1:  # else an end is clear, or none is clearer than all
        return float(_SHARES[0]), 0.0
    share, ratio = _likeliest(s, inside)
    if ratio <= _CLEAR / _MAX_CLASSES:  # nothing, whatever is found without tails
        return share, 0.0
    for scores in _without_tails(s, inside.mean()):
        share_without, ratio_without = _likeliest(scores, inside)
        share, ratio = min(share, share_without), min(ratio, _WITHOUT_TAILS * ratio_without)
    return share, ratio if contradictions > _BOTH * share else 0.0


def _without_tails(s: Array, frequency: float) -> tuple[Array, Array]:
    """Return the scores drawn in at both ends, and those of a normal law with the same ranks (Tukey's lambda)."""
    rank = (np.argsort(np.argsort(s, kind="stable")) + 0.5) / len(s)
    drawn_in = np.clip(s, *np.quantile(s, [_FAR * (1 - frequency), 1 - _FAR * frequency]))
    return drawn_in, 4.91 * (rank**0.14 - (1 - rank) ** 0.14)


def _likeliest(s: Array, inside: Array) -> tuple[float, float]:
    """Return the likeliest share, and twice the logarithm of its likelihood ratio to none."""
    none, *tried = _likelihoods(s, inside, np.array([0.0, *_SHARES]))
    best = int(np.argmax(tried))
    return float(_SHARES[best]), float(2 * (tried[best] - none))


def _contradictions(s: Array, inside: Array) -> float:
    """Return the smaller share of other labels at both ends of the scores, over that which chance alone would give."""
    ordered, frequency = inside[np.argsort(s, kind="stable")], inside.mean()
    low = ordered[: max(1, round(_END * (1 - frequency) * len(ordered)))].mean() / frequency
    high = (1 - ordered[-max(1, round(_END * frequency * len(ordered))) :].mean()) / (1 - frequency)
    return float(min(low, high))


def _likelihoods(s: Array, inside: Array, shares: Array) -> Array:
    """Return for each share the logarithm of the likelihood with the best line, by Fisher's scoring."""
    share, frequency = shares[:, None], inside.mean()
    a, b, chance = np.ones_like(share), np.zeros_like(share), np.zeros(0)
    for _ in range(_STEPS):
        curve = 1 / (1 + np.exp(-np.clip(a * s + b, -40, 40)))
        chance = np.clip(share * frequency + (1 - share) * curve, 1e-9, 1 - 1e-9)
        slope = (1 - share) * curve * (1 - curve)
        per_spread = slope / (chance * (1 - chance))
        force, stiffness = (inside - chance) * per_spread, slope * per_spread
        along, beside = force @ s, force.sum(1)
        aa, ab, bb = stiffness @ s**2 + 1e-6, stiffness @ s, stiffness.sum(1) + 1e-6
        step = np.stack([bb * along - ab * beside, aa * beside - ab * along]) / (aa * bb - ab**2)
        step *= np.minimum(1, 2 / np.maximum(np.abs(step).max(0), 1e-12))
        a, b = a + step[0][:, None], b + step[1][:, None]
        if np.abs(step).max() < _STILL:
            break
    return np.asarray(np.where(inside, np.log(chance), np.log(1 - chance)).sum(1))


def _share_of_numbers(score: Array, target: Array) -> float:
    """Compare the slope of most points with that of all."""
    steps = score - score.mean()
    squares = float(steps @ (target - target.mean()) / (steps @ steps))
    residual = target - target.mean() - squares * steps
    if squares <= 0 or 1 - residual.var() / target.var() < _MIN_EXPLAINED:
        return 0.0
    slope, middle = squares, target.mean() - squares * score.mean()
    for _ in range(_STEPS):
        apart = np.abs(target - middle - slope * score)
        weight = 1 / np.maximum(apart, 1e-3 * np.median(apart) + 1e-300)
        weight /= weight.sum()
        centre = weight @ score
        slope = float(
            (weight * (score - centre)) @ target / max((weight * (score - centre)) @ (score - centre), 1e-300)
        )
        middle = weight @ target - slope * centre
    error = np.sqrt((np.pi / 2 - 1) * residual.var() / (steps @ steps))  # of the difference, for normal residuals
    steeper = slope > _STEEPER * squares and slope - squares > _ERRORS * error
    return 1 - squares / slope if steeper else 0.0
