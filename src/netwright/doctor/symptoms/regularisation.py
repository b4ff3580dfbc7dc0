"""Penalties, dropout, noise and constraints that keep a network from learning what it could."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._dynamics import largest_rate
from netwright.doctor._shortfall import falls_short, falls_slightly_short, with_shortfall
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["ONE_SIGN", "REGULARISATION_TOO_STRONG"]

_PENALTY = 0.5  # of the loss at the end
_DROPOUT = 0.5
_MAX_DROPPED = 0.8
_NOISE = 0.5  # where values have a deviation of about 1
_LARGEST_FACTOR = 0.5  # of L1 or L2
_LARGE_FACTOR = 0.05
_USUAL_FACTOR = 0.001
_FORGETS = 0.01  # of a weight in each step: nothing of it is left after some hundred
_NEARLY_ALL = 0.9  # of the loss
_LEAST_NORM = 0.3  # of the weights of a unit; usual initialisers begin with about 1

_Strong = tuple[tuple[str, ...], str, str]  # the layers, what is seen, and what to use instead


def _regularisation(case: Case) -> Iterator[Finding]:
    strong = list(_besides_penalties(case))
    share = max((v.penalty / v.loss for v in (case.vitals[0], case.vitals[-1]) if v.loss > 0), default=0.0)
    penalised, extreme = share > _PENALTY, _extreme(case, share)
    if not (extreme or (penalised and falls_slightly_short(case)) or (strong and falls_short(case))):
        return
    if penalised or not strong:
        strong.insert(0, _penalties(case, share, penalised=penalised))
    yield Finding(
        "regularisation too strong",
        "WARN",
        with_shortfall(case, f"{'; '.join(seen for _, seen, _ in strong)}."),
        where=tuple(name for names, _, _ in strong for name in names),
        threshold=REGULARISATION_TOO_STRONG.threshold,
        cause="The regularisation is too strong.",
        remedy=f"Use {' and '.join(instead for _, _, instead in strong)}.",
        see="docs/doctor.md",
        confidence=0.92 if penalised or extreme else 0.75,
    )


def _besides_penalties(case: Case) -> Iterator[_Strong]:
    layers = case.architecture.layers
    decay = case.objective.weight_decay * largest_rate(case)
    if decay > _FORGETS:
        text = f"The optimizer takes {decay:.0%} of each weight away in a step (weight_decay times learning rate)"
        yield (), text, "weight_decay=0.004"
    drops = {layer.name: layer.rate for layer in layers if "Dropout" in layer.kind and layer.rate >= _DROPOUT}
    if drops:
        dropped = ", ".join(f"{name} drops {rate:.0%}" for name, rate in drops.items())
        yield tuple(drops), f"{dropped} of the units in each step", "a dropout rate of 0.2"
    noises = {layer.name: layer.noise for layer in layers if layer.noise >= _NOISE}
    if noises:
        added = ", ".join(f"{name} adds noise with a deviation of {noise:g}" for name, noise in noises.items())
        yield tuple(noises), f"{added} in each step", "a deviation of 0.1"
    norms = {layer.name: layer.largest_norm for layer in layers if layer.largest_norm < _LEAST_NORM}
    if norms:
        text = f"{', '.join(norms)} may have weights of a norm of {min(norms.values()):g} at most for each unit"
        yield tuple(norms), text, "keras.constraints.MaxNorm(3), or no constraint"


def _penalties(case: Case, share: float, *, penalised: bool) -> _Strong:
    factor = max((layer.penalty for layer in case.architecture.layers), default=0.0)
    fix = f"a factor of {min(_USUAL_FACTOR, factor / 10):.1g}" if factor > 0 else "a factor ten times smaller"
    now = f" (now {factor:g})" if factor > 0 else ""
    seen = f"Penalties on weights are {share:.0%} of the loss"
    if factor > 0 and not penalised:  # at the end, where what they punish has become 0
        seen = f"A regulariser has a factor of {factor:g}"
    return (), seen, f"{fix} in the regularisers{now}"


def _extreme(case: Case, share: float) -> bool:
    """Whether dropout or penalties are so strong that the network need not do worse than it could."""
    layers = case.architecture.layers
    if any(layer.rate > _MAX_DROPPED or layer.penalty >= _LARGEST_FACTOR for layer in layers):
        return True
    large = any(layer.penalty >= _LARGE_FACTOR for layer in layers)
    return large and share > _NEARLY_ALL and case.skill is not None and falls_short(case) is not False


def _one_sign(case: Case) -> Iterator[Finding]:
    """Weights that may not be negative, as few problems allow: outputs then only rise with every input."""
    held = [layer.name for layer in case.architecture.layers if layer.never_negative and layer.trainable]
    if not held or not falls_short(case):
        return
    yield Finding(
        "regularisation too strong",
        "WARN",
        with_shortfall(case, f"A constraint keeps the weights of {', '.join(held)} from being negative."),
        where=tuple(held),
        threshold=ONE_SIGN.threshold,
        cause="The weights may not be negative.",
        remedy="Leave out kernel_constraint.",
        see="docs/doctor.md",
        confidence=0.8,
    )


REGULARISATION_TOO_STRONG = Symptom(
    name="regularisation too strong",
    needs=("vitals",),
    threshold="Penalties on weights are below half of the loss, dropout and the deviation of noise below 0.5, a "
    "step takes at most 1% of the weights away, and constraints leave the weights of a unit a norm of 0.3 or more.",
    silent="A network that does as well as a simple method, with dropout up to 0.8 and factors below 0.5; beside "
    "penalties, being behind by 2% of the rows or 5% of the variance counts, and 2.5 standard errors.",
    examine=_regularisation,
    explains=(
        "too few epochs",
        "underfitting",
        "constant output",
        "dead units",
        "vanishing gradients",
        "learning rate too low",
        "learning rate too high",
        "saturation",
        "noisy gradients",
    ),
    stays="NOTE",
)
ONE_SIGN = Symptom(
    name="regularisation too strong",
    needs=(),
    threshold="No constraint keeps weights from being negative.",
    silent="A network that does as well as a simple method.",
    examine=_one_sign,
    explains=REGULARISATION_TOO_STRONG.explains,
    stays="NOTE",
)
