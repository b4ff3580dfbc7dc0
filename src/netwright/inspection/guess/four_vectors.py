"""Guess the four-vector of the particles of a collection, by the names of its columns and the range of their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from netwright.data import quoted, rule_broken_by
from netwright.finding import Finding
from netwright.inspection.column_summary import ColumnSummary, missing_of
from netwright.inspection.guess.collection import Collection
from netwright.inspection.guess.jets import lie_in_jets
from netwright.inspection.guess.layouts import VECTORS, Layout
from netwright.inspection.guess.momenta import padded_behind
from netwright.inspection.guess.network import FEW_PARTICLES

__all__ = [
    "IN_DEGREES",
    "LARGE",
    "Momenta",
    "four_vector_section",
    "momenta_of",
    "momenta_padded_with_zeros",
    "without_four_vectors",
]

IN_DEGREES: Final = "it is in degrees; a column in rad that is made of it is taken"
LARGE: Final = 5_000.0  # mean of pT or E above which they are hardly in GeV
_TURN: Final = (2 * np.pi + 1e-3, 360.001)  # largest |φ| of angles in degrees


@dataclass(frozen=True)
class Momenta:
    """The four-vector of each particle of a collection.

    Attributes:
        basis: its components.
        columns: a column for each, as the experiment names it.
        stored: the columns of the file that they are, or are made of.
        derived: columns to derive: a mass of 0 where there is none, and φ in rad.
        degrees: the column of φ in degrees; empty where it is in rad.
        missing: what stands for missing values.
    """

    basis: str
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    derived: Mapping[str, str] = field(default_factory=dict)
    degrees: str = ""
    missing: bool | list[float] = False


def momenta_of(collection: Collection, notes: list[Finding]) -> Momenta | None:
    """Find the four-vectors of a collection.

    Args:
        collection: the columns.
        notes: findings; why columns with the right names are no four-vectors is added.

    Returns:
        The four-vectors; None where the names or values are not those of one.
    """
    by_name = _by_name(collection)
    if by_name is None:
        return None
    basis, stored = by_name
    summaries = [
        collection.summary(column) for name in stored for column in collection.members.values() if column.name == name
    ]
    missing = missing_of(summaries)
    ranges = [_range(collection, column, missing) for column in summaries]
    broken = {
        column.name: (component, rule, values)
        for component, column, values in zip(basis.split(","), summaries, ranges, strict=False)
        if (rule := rule_broken_by(component, *values)) is not None
    }
    columns, derived, degrees = list(stored), {}, ""
    if len(broken) == 1 and collection.of_lists:
        name, (component, _, values) = next(iter(broken.items()))
        if component == "phi" and _TURN[0] < max(np.abs(values)) <= _TURN[1]:
            degrees, broken = name, {}
            in_rad = re.sub(r"\W+", "_", f"{name}_rad")
            columns[stored.index(name)] = in_rad
            derived[in_rad] = f"list_transform({quoted(name)}, lambda v: v * pi() / 180)"
    if broken:
        name, (_, rule, values) = next(iter(broken.items()))
        notes.append(without_four_vectors(collection.name, name, rule, values))
        return None
    if len(stored) < len(basis.split(",")):
        mass = re.sub(r"\W+", "_", f"{collection.name}_massless")
        derived[mass] = f"list_transform({quoted(stored[0])}, lambda v: 0.0)"
        columns.append(mass)
    return Momenta(basis, tuple(columns), tuple(stored), derived, degrees, missing)


def momenta_padded_with_zeros(collection: Collection) -> tuple[str, ...]:
    """Find the columns of four-vectors in arrays of fixed size whose zeros say that there is no particle.

    Args:
        collection: arrays of fixed size.

    Returns:
        The columns; none where the names are not those of four-vectors, or no row has fewer particles than another.
    """
    by_name = _by_name(collection)
    columns = () if by_name is None else tuple(by_name[1])
    if not columns or any(column.missing for column in collection.members.values() if column.name in columns):
        return ()
    exists = replace(collection, momenta=columns).exists
    return columns if exists is not None and padded_behind(exists) else ()


def without_four_vectors(name: str, column: str, rule: str, values: tuple[float, float]) -> Finding:
    """Return the finding that columns which are named like four-vectors are none.

    Args:
        name: of the collection.
        column: the first that cannot be a component.
        rule: that it breaks.
        values: its smallest and largest one.

    Returns:
        A note.
    """
    evidence = (
        f"{name} is taken as numbers without four-vectors: {rule}, and {column} goes from {values[0]:g} to "
        f"{values[1]:g}."
    )
    remedy = f"For four-vectors, correct {column} with data.derived and write four_vectors into inputs.{name}."
    return Finding("no four-vectors", "NOTE", evidence, (column,), remedy=remedy, see="docs/particles.md")


def _by_name(collection: Collection) -> tuple[str, list[str]] | None:
    """Return a basis and its columns; those of particles without a mass or energy lack the last."""
    by_name = {member.lower(): column.name for member, column in collection.members.items()}
    for basis, components in VECTORS:
        columns = [next((by_name[name] for name in names if name in by_name), None) for names in components]
        if all(columns):
            return basis, [str(column) for column in columns]
    if {"pt", "eta", "phi"} <= set(by_name) and collection.of_lists:
        return "pt,eta,phi,m", [by_name["pt"], by_name["eta"], by_name["phi"]]
    return None


def _range(collection: Collection, column: ColumnSummary, missing: bool | list[float]) -> tuple[float, float]:  # noqa: FBT001
    """Return the smallest and the largest value that is not missing."""
    if isinstance(missing, bool) or column.marker is None:
        return float(column.minimum or 0), float(column.maximum or 0)
    values = np.asarray(collection.values(column.name).to_numpy(), np.float32)
    values = values[np.isfinite(values) & ~np.isin(values, np.asarray(missing, np.float32))]
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)


def four_vector_section(
    collection: Collection, momenta: Momenta, layout: Layout, lengths: npt.NDArray[np.int64], at_most: int
) -> dict[str, Any]:
    """Return the keys of four-vectors, as an experiment file has them.

    Args:
        collection: the columns.
        momenta: the four-vectors.
        layout: of the file, which may know the unit.
        lengths: how many particles each row has, shape (rows,).
        at_most: how many of a row are taken.

    Returns:
        Columns, basis, unit, missing values and features.
    """
    size = next(column for column in collection.members.values() if column.name == momenta.stored[0])
    mean = collection.summary(size).mean
    unit = {"unit": "MeV"} if layout.unit == "MeV" or (mean or 0) > LARGE else {}
    jet = at_most > FEW_PARTICLES and _in_jets(collection, momenta, lengths)
    features = ["constituents", "jet"] if jet else ["objects"]
    missing = {"missing": momenta.missing} if momenta.missing else {}
    return {"columns": list(momenta.columns), "basis": momenta.basis, **unit, "features": features, **missing}


def _in_jets(collection: Collection, momenta: Momenta, lengths: npt.NDArray[np.int64]) -> bool:
    """Return whether the particles are the constituents of jets."""
    by_name: dict[str, str] = dict(zip(momenta.basis.split(","), momenta.stored, strict=False))
    components = ("px", "py", "pz") if "px" in by_name else ("pt", "phi", "eta")
    first, second, third = (
        np.asarray(collection.values(by_name[component]).to_numpy(), np.float64) for component in components
    )
    if len(first) != lengths.sum():
        return "px" in by_name
    if "px" in by_name:
        pt = np.maximum(np.hypot(first, second), np.finfo(np.float32).tiny)
        return lie_in_jets(first, second, np.arcsinh(third / pt), lengths)
    phi = np.deg2rad(second) if momenta.degrees else second
    return lie_in_jets(first * np.cos(phi), first * np.sin(phi), third, lengths)
