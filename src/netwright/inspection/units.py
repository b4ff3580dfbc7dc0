"""Find quantities in two units: between files, within a column, between neighbouring columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.inspection.binning import FEW
from netwright.inspection.features import Feature

__all__ = ["UnitClash", "unit_clashes"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MIN_FACTOR = 300.0  # between GeV and MeV is 1000; populations of one unit hardly differ so much
MAX_FACTOR = 3_000.0
MIN_ROWS = 50  # of each population
MIN_SHARE = 0.01  # of the values in the smaller population of a column
GAP = 1.0  # decades without a value between two populations
ENERGY = re.compile(r"^(.*?)([Ee])(_?\d*)$")
NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$")
NAMELESS = re.compile(
    r"(?i:[a-z]?|col(umn)?|var(iable)?|feat(ure)?s?|inputs?|data|field|attr(ibute)?)_?"
)  # column_1, x1


@dataclass(frozen=True)
class UnitClash:
    """One quantity in what seem to be two units.

    Attributes:
        columns: the features.
        sentence: what differs from what, with both numbers.
    """

    columns: tuple[str, ...]
    sentence: str


def unit_clashes(
    features: Sequence[Feature], values: Floats, parts: Integers, part_names: Sequence[str], vectors: Sequence[Integers]
) -> list[UnitClash]:
    """Find factors of about 1000.

    Args:
        features: of the data.
        values: of a subset of the rows, shape (features, m), in their units; NaN where missing.
        parts: the file of each of these rows, shape (m,), dimensionless.
        part_names: of the files.
        vectors: the features of the components of four-vectors, shape (P, 4) each.

    Returns:
        Clashes between files, within a column, between columns numbered one after another, and between the
        energy and the momentum of four-vectors.

    Source: definition.

    Example:
        >>> pt = Feature("pt", "pt", "input")
        >>> x = np.concatenate([np.linspace(20, 90, 100), np.linspace(20_000, 90_000, 100)])[None]
        >>> unit_clashes([pt], x, np.repeat([0, 1], 100), ["a.h5", "b.h5"], [])[0].sentence
        'pt is typically 55 in a.h5 and 5.5e+04 in b.h5'
    """
    clashes: dict[tuple[str, ...], UnitClash] = {}
    by_name = {feature.name: feature for feature in features}
    typical: dict[str, float] = {}
    for feature, row in zip(features, values, strict=True):
        size = np.abs(row[np.isfinite(row) & (row != 0)])
        if feature.role != "input" or len(np.unique(size[:1000])) <= FEW:
            continue
        typical[feature.name] = float(np.median(size))
        clash = _between_parts(feature.name, np.abs(row), parts, part_names) or _within(feature.name, size)
        if clash is not None:
            clashes[clash.columns] = clash
    alike = {name: typical[name] for name in typical if not by_name[name].of_array}
    for clash in (*_neighbours(alike), *_energies(features, values, vectors)):
        clashes.setdefault(clash.columns, clash)
    return list(clashes.values())


def _between_parts(name: str, size: Floats, parts: Integers, part_names: Sequence[str]) -> UnitClash | None:
    positive = np.isfinite(size) & (size > 0)
    medians = {
        k: float(np.median(size[of_part]))
        for k in range(len(part_names))
        if np.count_nonzero(of_part := positive & (parts == k)) >= MIN_ROWS
    }
    if len(medians) < 2:
        return None
    low, high = min(medians, key=lambda k: medians[k]), max(medians, key=lambda k: medians[k])
    if not MIN_FACTOR <= medians[high] / medians[low] <= MAX_FACTOR:
        return None
    sentence = (
        f"{name} is typically {medians[low]:.3g} in {part_names[low]} and {medians[high]:.3g} in {part_names[high]}"
    )
    return UnitClash((name,), sentence)


def _within(name: str, size: Floats) -> UnitClash | None:
    """Find two populations with a gap of a decade between them."""
    least = max(MIN_ROWS, int(MIN_SHARE * len(size)))
    if len(size) < 2 * least:
        return None
    decades = np.sort(np.log10(size))
    steps = np.diff(decades)[least - 1 : len(decades) - least]
    at = int(steps.argmax()) + least
    low, high = 10 ** float(np.median(decades[:at])), 10 ** float(np.median(decades[at:]))
    if steps.max() < GAP or not MIN_FACTOR <= high / low <= MAX_FACTOR:
        return None
    return UnitClash((name,), f"{name} has values around {low:.3g} and around {high:.3g} and none in between")


def _neighbours(typical: dict[str, float]) -> Iterator[UnitClash]:
    """Compare pt1 with pt2, pt2 with pt3 and so on, but not column_1 with column_2, which may be anything."""
    for name, size in typical.items():
        match = NUMBER.match(name)
        if match is None or NAMELESS.fullmatch(match[1]):
            continue
        other = f"{match[1]}{int(match[2]) + 1}{match[3]}"
        ratio = typical[other] / size if other in typical else 1.0
        if MIN_FACTOR <= max(ratio, 1 / ratio) <= MAX_FACTOR:
            yield UnitClash((name, other), f"{name} is typically {size:.3g} and {other} {typical[other]:.3g}")


def _energies(features: Sequence[Feature], values: Floats, vectors: Sequence[Integers]) -> Iterator[UnitClash]:
    """Compare the energy of particles with their momentum, whose ratio is near 1 in one unit."""
    first_particles = [[int(i) for i in particles[0]] for particles in vectors if len(particles)]
    for components in (*first_particles, *_named_four_vectors(features)):
        names = [features[i].name for i in components]
        if not names[0].rpartition(".")[2].upper().startswith("E") or "eta" in names[2]:
            continue
        energy, *momentum = (values[i] for i in components)
        p = np.sqrt(sum(component**2 for component in momentum))
        defined = np.isfinite(energy) & np.isfinite(p) & (p > 0) & (energy > 0)
        if np.count_nonzero(defined) < MIN_ROWS:
            continue
        ratio = float(np.median(energy[defined] / p[defined]))
        if MIN_FACTOR <= max(ratio, 1 / ratio) <= MAX_FACTOR:
            yield UnitClash(tuple(names), f"{names[0]} is typically {ratio:.3g} times the momentum of the same")


def _named_four_vectors(features: Sequence[Feature]) -> Iterator[list[int]]:
    """Find E, px, py and pz of one object by the names of their columns."""
    position = {
        feature.name: at for at, feature in enumerate(features) if not feature.index and feature.role == "input"
    }
    for name in position:
        match = ENERGY.match(name)
        if match is None:
            continue
        for spelling in ("px py pz", "PX PY PZ"):
            names = [name, *(f"{match[1]}{component}{match[3]}" for component in spelling.split())]
            if all(component in position for component in names):
                yield [position[component] for component in names]
