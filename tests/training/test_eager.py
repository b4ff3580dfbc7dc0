"""An uncompiled training: the same numbers, through every line of a layer in every step."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from tests.training.conftest import make_toy

from netwright.config import parse_experiment
from netwright.errors import ExperimentError
from netwright.layers import Standardise
from netwright.models import build
from netwright.training import PreparedMember, make_objective
from netwright.training.members.teams import _plan


def test_the_same_numbers_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = make_toy(rows=64, epochs=1).train()
    reached: list[int] = []
    call = Standardise.call

    def counting(self: Standardise, x: object) -> object:
        if isinstance(x, jax.Array) and not isinstance(x, jax.core.Tracer):
            reached.append(len(x))
        return call(self, x)

    monkeypatch.setattr(Standardise, "call", counting)
    toy = make_toy(rows=64, epochs=1, eager=True)
    eager = toy.train()
    steps = eager.history[0].steps
    assert reached.count(32) >= steps == compiled.history[0].steps  # and once more for each validation
    for name in ("loss", "valid_loss", "gradient_norm"):
        assert getattr(eager.history[0], name) == pytest.approx(getattr(compiled.history[0], name), rel=1e-5)
    for one, other in zip(eager.model.get_weights(), compiled.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)  # float32, rounded operation by operation


def test_members_follow_one_another() -> None:
    toy = make_toy(rows=40)
    section = toy.experiment.training.model_copy(update={"eager": True})
    model, objective = build(toy.experiment, toy.description), make_objective(toy.experiment.targets, toy.description)
    members = [PreparedMember(n, model, objective, toy.chosen, toy.split.valid, section) for n in range(2)]
    plan = _plan(members, [[0, 1]], [], None)
    assert (plan.way, plan.teams, plan.workers) == ("one-by-one", ((0,), (1,)), 1)


def test_together_and_uncompiled_exclude_each_other() -> None:
    toy = make_toy(rows=40)
    content = toy.experiment.model_dump() | {"training": {"eager": True, "members": "together"}}
    with pytest.raises(ExperimentError, match="members one after another, but members is together"):
        parse_experiment(content)
