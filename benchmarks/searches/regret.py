"""Samplers on the table of trainings: each proposal is answered by the nearest training that was not taken yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
from optuna.trial import TrialState

from netwright.searching import Space, rungs, survivors
from netwright.searching.gaussian_process import encoded
from netwright.searching.samplers import make_sampler
from searches.table import Table
from searches.tasks import EPOCHS

Floats = npt.NDArray[np.float64]

RUNGS, FACTOR = 2, 3
METHODS: dict[str, dict[str, Any]] = {
    "grid": {"sampler": "grid", "grid": 3, "at_once": 1},
    "random": {"sampler": "random", "at_once": 1},
    "tpe": {"sampler": "tpe", "at_once": 1},
    "gp": {"sampler": "gp", "at_once": 1},
    "tpe, halving": {"sampler": "tpe", "at_once": 1, "halving": True},
    "tpe, 8 at once": {"sampler": "tpe", "at_once": 8},
    "default: gp, at once": {},
}


def simulated(table: Table, method: Mapping[str, Any], trials: int, seed: int) -> dict[str, list[float]]:
    """Let a sampler search the table.

    Random search draws trainings without replacement. Of the others, the nearest training in the unit cube of
    parameters that was not taken yet answers a proposal, and the study is told the parameters of that training.

    Args:
        table: of a task.
        method: of `METHODS`: sampler, how many are proposed at once, and whether trials are stopped by successive
            halving.
        trials: how many.
        seed: of the sampler.

    Returns:
        By trial: its validation value (NaN where it was given up), its test value, the epochs trained until then.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = _space(table.space, method, seed)
    taken = np.zeros(len(table.points), np.bool_)
    where = encoded(space.distributions, table.points)
    study = optuna.create_study(direction="maximize")
    found: dict[str, list[float]] = {"valid": [], "test": [], "epochs": []}
    earlier: dict[int, list[float]] = {}
    epochs, batch = 0, 0
    proposed = _proposals(space, study, seed)
    while len(found["valid"]) < trials:
        count = min(space.section.at_once, trials - len(found["valid"]))
        places = [_answer(point, space, where, taken, seed) for point in proposed(count, batch)]
        batch += 1
        lasted = _halved(table, places, earlier) if method.get("halving") else [EPOCHS] * len(places)
        for place, last in zip(places, lasted, strict=True):
            whole = last == EPOCHS
            value = float(table.valid[place, last - 1])
            study.add_trial(
                optuna.create_trial(
                    params=table.points[place], distributions=dict(space.distributions), value=value,
                    state=TrialState.COMPLETE if whole else TrialState.PRUNED,
                    intermediate_values={} if whole else {last: value}, user_attrs={"outcome": {"last_value": value}},
                )
            )  # fmt: skip
            epochs += last
            found["valid"].append(value if whole else float("nan"))
            found["test"].append(float(table.test[place]))
            found["epochs"].append(epochs)
    return found


def _space(space: Space, method: Mapping[str, Any], seed: int) -> Space:
    """Return the space with the sampler of a method; what it does not say is the default."""
    section = type(space.section).model_validate(
        {"parameters": space.section.model_dump(exclude_unset=True)["parameters"], "seed": seed}
        | {key: value for key, value in method.items() if key != "halving"}
    )
    return Space(space.experiment, section, space.objective, space.distributions)


def _proposals(space: Space, study: optuna.Study, seed: int) -> Any:  # noqa: ANN401  # a function
    """Return a function of a number of points and of the number of the batch, which proposes points."""
    if space.section.sampler == "grid":
        grid = space.grid()
        shape = [len(values) for values in grid.values()]
        order = iter(np.random.default_rng(seed).permutation(int(np.prod(shape))).tolist())

        def of_grid(count: int, _: int) -> list[dict[str, Any]]:
            places = [np.unravel_index(next(order), shape) for _ in range(count)]
            return [{name: values[n] for (name, values), n in zip(grid.items(), one, strict=True)} for one in places]

        return of_grid

    def asked(count: int, batch: int) -> list[dict[str, Any]]:
        study.sampler = make_sampler(space, batch, len(study.trials))
        waiting = [study.ask(fixed_distributions=dict(space.distributions)) for _ in range(count)]
        points = [dict(one.params) for one in waiting]
        for one in waiting:  # what answers is told in its place
            study.tell(one, state=TrialState.FAIL)
        return points

    return asked


def _answer(point: Mapping[str, Any], space: Space, where: Floats, taken: npt.NDArray[np.bool_], seed: int) -> int:
    """Return the training that answers a proposal, and take it."""
    if space.section.sampler == "random":
        free = np.flatnonzero(~taken)
        place = int(free[np.random.default_rng([seed, len(free)]).integers(len(free))])
    else:
        distance = ((where - encoded(space.distributions, [point])) ** 2).sum(axis=1)
        place = int(np.argmin(np.where(taken, np.inf, distance)))
    taken[place] = True
    return place


def _halved(table: Table, places: Sequence[int], earlier: dict[int, list[float]]) -> list[int]:
    """Return after how many epochs each training ends by asynchronous successive halving, as the search does it."""
    lasted = dict.fromkeys(places, EPOCHS)
    for epoch in rungs(RUNGS, FACTOR, EPOCHS):
        running = [place for place in places if lasted[place] == EPOCHS]
        costs = {place: -float(table.valid[place, epoch - 1]) for place in running}
        before = earlier.setdefault(epoch, [])
        kept = survivors(costs, before, FACTOR) if len(costs) + len(before) >= FACTOR else set(costs)
        before += costs.values()
        lasted |= {place: epoch for place in running if place not in kept}
    return [lasted[place] for place in places]
