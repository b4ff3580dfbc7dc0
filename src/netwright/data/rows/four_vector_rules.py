"""What a particle has to keep to in each basis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from netwright.config import Basis, FourVectorsInput
from netwright.errors import DataError
from netwright.kinematics import ETA_LIMIT, absent_as_zero

__all__ = ["check_four_vectors", "particles_there"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_ROWS_AT_ONCE = 65_536
_ALL_ZERO = "and all four 0 where there is none"
_PHI_LIMIT = 2 * np.pi + 1e-3  # files count from -π or from 0


def check_four_vectors(values: Floats, name: str, group: FourVectorsInput, locate: Callable[[int], str]) -> None:
    """Refuse particles that cannot be: numbers that are not finite, negative energies, angles in degrees.

    A particle of which a component is missing, as the group declares it, is not looked at. E < |p| is allowed:
    rounding makes it, and so do subtractions.

    Args:
        values: four-vectors, shape (rows, P, 4), in the basis and unit of the group (GeV or MeV, rad).
        name: of the group, for messages.
        group: says the basis and what stands for a missing value.
        locate: where a row is from, for messages.

    Raises:
        DataError: a particle breaks a rule of its basis.
    """
    for start in range(0, len(values), _ROWS_AT_ONCE):
        part = _declared_absent_as_zero(values[start : start + _ROWS_AT_ONCE], group)
        bad = ~np.asarray(np.isfinite(part).all(axis=(1, 2)))
        with np.errstate(over="ignore"):
            looked_at = np.where(bad[:, None, None], np.float32(0), part) if bad.any() else part
            broken = [(rule, flags) for rule, flags in _RULES[group.basis](looked_at) if flags.any()]
        wrong = bad.copy()
        for _, flags in broken:
            wrong |= flags.any(axis=1)
        if wrong.any():
            row = int(wrong.argmax())  # the first, so that nothing depends on how many rows are looked at at once
            _refuse(part[row], [(rule, flags[row]) for rule, flags in broken], name, group, locate(start + row))


def particles_there(values: Floats, group: FourVectorsInput) -> Flags:
    """Say where there are particles.

    Args:
        values: four-vectors, shape (rows, P, 4), in the basis and unit of the group.
        group: says what stands for a missing value.

    Returns:
        Shape (rows, P), False where all four components are 0 or one is missing.
    """
    return np.asarray((_declared_absent_as_zero(values, group) != 0).any(axis=-1))


def _refuse(
    particles: Floats, broken: list[tuple[str, Flags]], name: str, group: FourVectorsInput, place: str
) -> NoReturn:
    """Say what is wrong with a row: a number that is not finite, else the first rule that a particle breaks."""
    for particle, component in np.argwhere(~np.isfinite(particles)):
        _refuse_number(group, name, place, int(particle), int(component), particles[particle, component])
    rule, flags = next((rule, flags) for rule, flags in broken if flags.any())
    particle = int(flags.argmax())
    msg = (
        f"inputs.{name}: {place}: particle {particle} is {particles[particle].tolist()}; {rule}. "
        f"Are the columns in the order {group.basis}?"
    )
    raise DataError(msg)


def _declared_absent_as_zero(part: Floats, group: FourVectorsInput) -> Floats:
    if group.missing is False:
        return part
    markers = () if group.missing is True else tuple(group.missing)
    return np.asarray(absent_as_zero(part, markers), dtype=np.float32)


def _refuse_number(
    group: FourVectorsInput, name: str, place: str, particle: int, component: int, value: np.float32
) -> NoReturn:
    column = group.columns if isinstance(group.columns, str) else group.columns[component]
    hint = "Mend the file, or leave the row out with data.selection."
    if np.isnan(value):
        hint = "If it stands for a particle that is not there, say missing: true in this group."
    msg = (
        f"inputs.{name}: column {column} (particle {particle}, {group.basis.split(',')[component]}), {place}: "
        f"{value} is not a finite number in float32. {hint}"
    )
    raise DataError(msg)


def _cartesian(part: Floats) -> Iterator[tuple[str, Flags]]:
    yield _energy(part)


def _energy_and_angles(part: Floats) -> Iterator[tuple[str, Flags]]:
    yield _energy(part)
    yield from _directions(part[..., 1], part[..., 2], part[..., 3])


def _mass_and_angles(part: Floats) -> Iterator[tuple[str, Flags]]:
    pt, eta, phi, mass = (part[..., k] for k in range(4))
    yield from _directions(pt, eta, phi)
    tachyon = (mass < 0) & (-mass >= pt * np.cosh(np.clip(eta, -ETA_LIMIT, ETA_LIMIT)))
    yield "a negative m stands for E² = p² - m², which must be positive", tachyon
    nothing = (pt == 0) & (mass == 0) & part.any(axis=-1)
    yield f"pt or m must be positive where there is a particle, {_ALL_ZERO}", nothing


def _energy(part: Floats) -> tuple[str, Flags]:
    energy = part[..., 0]
    strange = (energy < 0) | ((energy == 0) & part[..., 1:].any(axis=-1))
    return f"E must be positive where there is a particle, {_ALL_ZERO}", strange


def _directions(pt: Floats, eta: Floats, phi: Floats) -> Iterator[tuple[str, Flags]]:
    yield "pt must not be negative", pt < 0
    along = (
        f"eta must be from {-ETA_LIMIT:g} to {ETA_LIMIT:g}; for particles along the beam take E,px,py,pz, and a value "
        "that stands for no particle belongs into missing"
    )
    yield along, np.abs(eta) > ETA_LIMIT
    yield "phi must be in rad, from -2π to 2π", np.abs(phi) > _PHI_LIMIT


_RULES: dict[Basis, Callable[[Floats], Iterator[tuple[str, Flags]]]] = {
    "E,px,py,pz": _cartesian,
    "E,pt,eta,phi": _energy_and_angles,
    "pt,eta,phi,m": _mass_and_angles,
}
