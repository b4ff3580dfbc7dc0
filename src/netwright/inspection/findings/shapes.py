"""Findings on how values are distributed: padding, heavy tails, mixed units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.finding import Finding
from netwright.inspection.binning import FEW
from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.findings._names import feature_names, listed
from netwright.inspection.units import UnitClash

__all__ = ["heavy_tails", "mixed_units", "padding"]

FAR = 5.0  # deviations of a spike from the other values: no measurement ends up there by chance
LARGEST_DEVIATION = 20.0  # 1.8 million exponential values reach 14 deviations, normal ones 5


def padding(features: Sequence[FeatureSummary], *, experiment: bool) -> Iterator[Finding]:
    """Find a value so frequent that it may stand for a missing one; not a 0 that others come close to from above.

    Args:
        features: all features.
        experiment: whether the inputs are those of an experiment, where padding can be declared.

    Yields:
        FAIL where an experiment has an input with a spike 5 deviations off the other values, WARN for other spikes.
    """
    symptom = "padding"
    inputs = [f for f in features if f.feature.role == "input"]
    spiked = [f for f in inputs if f.spike is not None and (f.spike_distance >= FAR or not f.feature.vector)]
    natural = [f for f in spiked if f.spike_natural and f.spike_distance < FAR]
    spiked = [f for f in spiked if f not in natural]
    if not spiked:
        beside = f", but 0 in {listed(feature_names(natural))}" if natural else ""
        yield Finding(symptom, "PASS", f"No value of {len(inputs)} input features is unusually frequent{beside}.")
        return
    spiked.sort(key=lambda feature: -feature.spike_distance)
    worst = spiked[0]
    far = worst.spike_distance >= FAR
    shown = [f"{f.name} is {f.spike:g} in {f.spike_share:.1%} of its values" for f in spiked]
    yield Finding(
        symptom,
        "FAIL" if far and experiment else "WARN",
        f"{listed(shown)}; the first is {worst.spike_distance:.1f} standard deviations off the other values.",
        feature_names(spiked),
        threshold=f"Measured values are hardly ever {FAR:g} standard deviations off." if far else "",
        cause="This may stand for a missing value, which scaling would take for a measurement.",
        remedy=f"If so, set missing: [{worst.spike:g}] in the group of inputs.",
    )


def heavy_tails(features: Sequence[FeatureSummary], transformed: Sequence[str]) -> Iterator[Finding]:
    """Find inputs that reach very far after they are standardised.

    Args:
        features: all features.
        transformed: columns whose tails the network never sees: a logarithm, quantiles or categories.

    Yields:
        WARN where the largest |x - mean| is over 20 deviations.
    """
    symptom = "heavy tails"
    checked = [f for f in features if _has_tail(f) and f.feature.column not in transformed]
    reach = {f.name: r for f in checked if (r := _reach(f)) is not None}
    far_tailed = sorted(
        (f for f in checked if reach.get(f.name, 0.0) > LARGEST_DEVIATION), key=lambda f: -reach[f.name]
    )
    if not far_tailed:
        if reach:
            evidence = f"No input reaches further than {max(reach.values()):.1f} standard deviations from its mean."
            yield Finding(symptom, "PASS", evidence)
        return
    worst = far_tailed[0]
    positive = worst.minimum is not None and worst.minimum > 0
    advice = "log: [...] (all values are positive)" if positive else "scaling: quantiles"
    yield Finding(
        symptom,
        "WARN",
        f"{listed([f'{f.name} ({reach[f.name]:.0f} σ)' for f in far_tailed])}: values lie very far from the mean.",
        feature_names(far_tailed),
        threshold=f"They should lie within {LARGEST_DEVIATION:g} standard deviations.",
        cause="Single rows would dominate the training.",
        remedy=f"Set {advice} in the group of inputs, or cut them.",
    )


def _has_tail(feature: FeatureSummary) -> bool:
    return feature.feature.role == "input" and not feature.feature.vector and feature.distinct > FEW


def _reach(feature: FeatureSummary) -> float | None:
    """Return the largest |x - mean| in deviations."""
    if feature.mean is None or not feature.deviation or feature.minimum is None or feature.maximum is None:
        return None
    return max(feature.maximum - feature.mean, feature.mean - feature.minimum) / feature.deviation


def mixed_units(clashes: Sequence[UnitClash], inputs: int, *, experiment: bool) -> Iterator[Finding]:
    """Find the same quantity in two units, such as GeV and MeV.

    Args:
        clashes: factors of about 1000.
        inputs: how many input features were compared.
        experiment: whether the inputs are those of an experiment.

    Yields:
        FAIL where an experiment has such inputs, WARN without one.
    """
    symptom = "mixed units"
    if not clashes:
        yield Finding(symptom, "PASS", f"No factor of about 1000 within or between {inputs} input features.")
        return
    yield Finding(
        symptom,
        "FAIL" if experiment else "WARN",
        f"{'; '.join(clash.sentence for clash in clashes[:4])}.",
        tuple(dict.fromkeys(column for clash in clashes for column in clash.columns)),
        cause="A factor of about 1000 is usually a change of unit (GeV and MeV, m and mm).",
        remedy="Derive columns in one unit (data.derived), or leave the file out.",
    )
