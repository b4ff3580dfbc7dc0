"""What a search found, in sentences: how optimistic its own value was, and how far the next trial is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netwright.config import TRAINED_FOR
from netwright.workflow.searches.result import BestTrial, SearchTrial, spread_of

__all__ = ["best_sentences"]


def best_sentences(
    objective: str, leaderboard: Sequence[SearchTrial], best: BestTrial, own: int | None, *, larger: bool
) -> list[str]:
    """Say how optimistic the search was, and how far the best trial is from the next and from the experiment.

    Args:
        objective: what was optimised.
        leaderboard: complete trials, the best first.
        best: the first of them, retrained.
        own: number of the trial with the experiment's own values.
        larger: whether larger values are better.

    Returns:
        Sentences.
    """
    first = leaderboard[0]
    value = first.value or 0.0
    sentences = [_retrained(objective, first.number, value, best, larger=larger)]
    for trial in leaderboard[1:]:
        is_second, is_own = trial is leaderboard[1], trial.number == own
        if is_second or is_own:
            name = "The runner-up" if is_second else "The trial with the experiment's own values"
            name += ", with the experiment's own values" if is_second and is_own else ""
            sentences.append(_behind(name, trial, value, best.spread))
    if own == first.number:
        sentences.append("These are the experiment's own values: nothing that was tried is better.")
    return [*sentences, _on_test(objective, value, best, larger=larger)]


def _retrained(objective: str, number: int, value: float, best: BestTrial, *, larger: bool) -> str:
    """Say what the best trial has with other seeds, and how optimistic the search's own value was."""
    count, spread = len(best.seeds), best.spread
    begin = (
        f"Trial {number} is the best by {objective} on validation rows: {value:.5g}. Retrained with {count} "
        f"other seed{'s' if count > 1 else ''} it has "
    )
    if not math.isfinite(best.mean):
        return f"{begin}no mean: {_no_mean(best.seeds)}."
    error, in_spreads = "", ""
    if spread > 0:  # not NaN
        error = f" ± {spread / math.sqrt(count):.2g}"
        in_spreads = f", {abs(value - best.mean) / spread:.1f} times the spread over seeds"
    return f"{begin}{best.mean:.5g}{error}: {_optimism(value, best.mean, larger=larger)}{in_spreads}."


def _behind(name: str, trial: SearchTrial, value: float, spread: float) -> str:
    """Say by how much a trial is behind the best."""
    behind = abs(value - (trial.value or 0.0))
    text = f"{name}, trial {trial.number}, is behind by {behind:.2g}"
    if spread > 0:  # not NaN
        more = "more than two" if behind > 2 * spread else "not more than two"
        text += f", {behind / spread:.1f} times the spread over seeds: {more} of them"
    return f"{text}."


def _optimism(value: float, mean: float, *, larger: bool) -> str:
    """Say by how much the search's own value is better than that of networks with other seeds."""
    optimism = (value - mean) if larger else (mean - value)
    word = "optimistic" if optimism >= 0 else "pessimistic"
    return f"the search's own value was {word} by {abs(optimism):.2g}"


def _no_mean(values: Sequence[float]) -> str:
    """Say why rejections have no mean."""
    unknown = sum(not math.isfinite(value) for value in values)
    return f"it is infinite in {unknown} of {len(values)}, as no row of background passes the cut there"


def _on_test(objective: str, value: float, best: BestTrial, *, larger: bool) -> str:
    """Say what the networks have on test rows, and how optimistic the search's own value was.

    Not of a significance or limit: √Σw² of the simulated background is in it, which is larger in fewer test rows.
    """
    count = len(best.test_seeds)
    mean = math.fsum(best.test_seeds) / count
    spread = spread_of(best.test_seeds) / math.sqrt(count)
    if not math.isfinite(mean):
        return f"On test rows, evaluated once, their {objective} has no mean: {_no_mean(best.test_seeds)}."
    text = f"On test rows, evaluated once, these networks have {objective} {mean:.5g}" + (
        f" ± {spread:.2g} over seeds" if math.isfinite(spread) else ""
    )
    if objective in TRAINED_FOR:
        text += (
            ", with √Σw² of the simulated background in as many rows as these: it is to be compared with that of other "
            "networks on test rows, not with the search's own value on validation rows"
        )
    else:
        text += f": {_optimism(value, mean, larger=larger)}"
    if best.test is not None:
        together = (
            f"The {count} networks of each fold together have" if count > 1 else "Of all test rows together it is"
        )
        text += f". {together} {best.test[0]:.5g} ± {best.test[1]:.2g}" + (" there" if count > 1 else "")
    return f"{text}."
