"""Findings on how values are distributed: padding, heavy tails, mixed units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.inspection.findings._finding import Finding, named, named_features
from netwright.inspection.look import FEW
from netwright.inspection.summary import FeatureSummary
from netwright.inspection.units import UnitClash

__all__ = ["heavy_tails", "mixed_units", "padding"]

FAR = 5.0  # deviations of a spike from the other values: no measurement ends up there by chance
LARGEST_DEVIATION = 20.0  # 1.8 million exponential values reach 14 deviations, normal ones 5


def padding(features: Sequence[FeatureSummary], *, experiment: bool) -> Iterator[Finding]:
    """Look for a value so frequent that it may stand for a missing one.

    Args:
        features: all features.
        experiment: whether the inputs are those of an experiment, where padding can be declared.

    Yields:
        FAIL where an experiment takes as input a spike 5 deviations off the other values, WARN for other spikes.
    """
    name = "padding"
    judged = [f for f in features if f.feature.role == "input"]
    found = [f for f in judged if f.spike is not None and (f.spike_distance >= FAR or not f.feature.vector)]
    if not found:
        yield Finding(name, "PASS", (), f"No value of {len(judged)} input features stands out by its frequency.")
        return
    found.sort(key=lambda feature: -feature.spike_distance)
    worst = found[0]
    far = worst.spike_distance >= FAR
    shown = [f"{f.name} is {f.spike:g} in {f.spike_share:.1%} of its values" for f in found]
    yield Finding(
        name,
        "FAIL" if far and experiment else "WARN",
        named_features(found),
        f"{named(shown)}; the first is {worst.spike_distance:.1f} deviations off the other values (far: {FAR:g}). "
        f"If this stands for a missing value, say missing: [{worst.spike:g}] in the group of inputs; else scaling "
        "takes it for a measurement.",
    )


def heavy_tails(features: Sequence[FeatureSummary], tamed: Sequence[str]) -> Iterator[Finding]:
    """Look for inputs that reach very far after they are standardised.

    Args:
        features: all features.
        tamed: columns that are no plain numbers to the network: a logarithm, quantiles or categories.

    Yields:
        WARN where the largest |x - mean| is over 20 deviations.
    """
    name = "heavy tails"
    judged = [
        f
        for f in features
        if f.feature.role == "input" and not f.feature.vector and f.feature.column not in tamed and f.distinct > FEW
    ]
    reach = {f.name: r for f in judged if (r := _reach(f)) is not None}
    found = sorted((f for f in judged if reach.get(f.name, 0.0) > LARGEST_DEVIATION), key=lambda f: -reach[f.name])
    if not found:
        if reach:
            said = f"No input reaches further than {max(reach.values()):.1f} deviations from its mean."
            yield Finding(name, "PASS", (), said)
        return
    worst = found[0]
    positive = worst.minimum is not None and worst.minimum > 0
    advice = "log: [...] (all values are positive)" if positive else "scaling: quantiles"
    yield Finding(
        name,
        "WARN",
        named_features(found),
        f"{named([f'{f.name} ({reach[f.name]:.0f} σ)' for f in found])}: values lie more than {LARGEST_DEVIATION:g} "
        f"deviations from the mean, which single rows then rule. Say {advice} in the group of inputs, or cut them.",
    )


def _reach(feature: FeatureSummary) -> float | None:
    """Return the largest |x - mean| in deviations."""
    if feature.mean is None or not feature.deviation or feature.minimum is None or feature.maximum is None:
        return None
    return max(feature.maximum - feature.mean, feature.mean - feature.minimum) / feature.deviation


def mixed_units(clashes: Sequence[UnitClash], judged: int, *, experiment: bool) -> Iterator[Finding]:
    """Look for the same quantity in two units, such as GeV and MeV.

    Args:
        clashes: what was found.
        judged: how many features were looked at.
        experiment: whether the inputs are those of an experiment.

    Yields:
        FAIL where an experiment takes such inputs, WARN without one.
    """
    name = "mixed units"
    if not clashes:
        yield Finding(name, "PASS", (), f"No factor of about 1000 within or between {judged} input features.")
        return
    yield Finding(
        name,
        "FAIL" if experiment else "WARN",
        tuple(dict.fromkeys(column for clash in clashes for column in clash.columns)),
        f"{'; '.join(clash.sentence for clash in clashes[:4])}. A factor of about 1000 is a change of unit (GeV and "
        "MeV, m and mm). Derive columns of one unit (data.derived), or leave the file out.",
    )
