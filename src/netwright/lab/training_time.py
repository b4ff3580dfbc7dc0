"""How long a training of several members took."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["teams_of", "training_seconds"]


def teams_of(plan: Any, members: Iterable[int]) -> tuple[list[list[int]], int]:  # noqa: ANN401  # what a file holds
    """Return which members are trained at once, and how many such teams at a time.

    Args:
        plan: content of ``plan.json``, with `teams` and `workers` (`lanes` in old runs).
        members: one team, where the plan has none.

    Returns:
        The teams in their order, and the workers.

    Example:
        >>> teams_of({"teams": [[0], [1]], "workers": 2}, [0, 1]), teams_of(None, [0, 1])
        (([[0], [1]], 2), ([[0, 1]], 1))
    """
    try:
        teams = [[int(number) for number in team] for team in plan["teams"]]
        workers = int(plan.get("workers", plan.get("lanes", 1)))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return [list(members)], 1
    return teams, max(1, min(workers, len(teams)))


def training_seconds(seconds: Mapping[int, float], plan: Any) -> float:  # noqa: ANN401  # what a file holds
    """Return how long the training of all members took so far.

    An epoch's `seconds` count from the first step of its team: of a team the longest counts, and the teams are trained
    in their order, so many at a time as there are workers.

    Args:
        seconds: by member, those of its last epoch.
        plan: content of ``plan.json``, as `teams_of` takes it.

    Returns:
        The time, in seconds.

    Example:
        >>> seconds = {0: 60.0, 1: 50.0, 2: 40.0}
        >>> training_seconds(seconds, {"teams": [[0, 1, 2]], "workers": 1})
        60.0
        >>> training_seconds(seconds, {"teams": [[0], [1], [2]], "workers": 1})
        150.0
        >>> training_seconds(seconds, {"teams": [[0], [1], [2]], "workers": 2})
        90.0
    """
    teams, workers = teams_of(plan, seconds)
    free = [0.0] * workers  # when each of them is free again
    for team in teams:
        heapq.heapreplace(free, free[0] + max((seconds.get(number, 0.0) for number in team), default=0.0))
    return max(free)
