"""The rules that a particle must obey in each basis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from netwright.config import Basis, FourVectors
from netwright.errors import DataError
from netwright.kinematics import ETA_LIMIT, absent_as_zero

__all__ = ["check_entries", "check_four_vectors", "particles_there", "rule_broken_by"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_ROWS_AT_ONCE = 65_536
_ALL_ZERO = "and all four must be 0 where there is none"
_PHI_LIMIT = 2 * np.pi + 1e-3  # files count from -π or from 0
_NO_PT = "pt must not be negative"
_NO_ETA = f"eta must be from {-ETA_LIMIT:g} to {ETA_LIMIT:g}"
_NO_PHI = "phi must be in rad, from -2π to 2π"


def check_four_vectors(values: Floats, name: str, group: FourVectors, locate: Callable[[int], str]) -> None:
    """Refuse impossible particles: numbers that are not finite, negative energies, angles in degrees.

    A particle with a component that the group declares missing is not checked. E < |p| is allowed: rounding causes it,
    and so do subtractions.

    Args:
        values: four-vectors, shape (rows, P, 4), in the basis and unit of the group (GeV or MeV, rad).
        name: of the group, for messages.
        group: defines the basis and the markers of missing values.
        locate: returns the origin of a row, for messages.

    Raises:
        DataError: a particle breaks a rule of its basis.
    """
    for start in range(0, len(values), _ROWS_AT_ONCE):
        block = _declared_absent_as_zero(values[start : start + _ROWS_AT_ONCE], group)
        wrong, broken = _wrong_rows(block, group)
        if wrong.any():
            row = int(wrong.argmax())  # the first, so that the message does not depend on the block size
            _refuse(block[row], [(rule, flags[row]) for rule, flags in broken], name, group, locate(start + row))


def check_entries(
    values: Floats, ends: npt.NDArray[np.int64], name: str, group: FourVectors, locate: Callable[[int], str]
) -> None:
    """Refuse impossible particles, as `check_four_vectors`, of lists of any length.

    Args:
        values: four-vectors, shape (entries, 4), in the basis and unit of the group (GeV or MeV, rad).
        ends: where the entries of each row begin, and where those of the last one end, shape (rows + 1,).
        name: of the group, for messages.
        group: defines the basis and the markers of missing values.
        locate: returns the origin of a row, for messages.

    Raises:
        DataError: a particle breaks a rule of its basis.
    """
    wrong, _ = _wrong_rows(_declared_absent_as_zero(values[:, None], group), group)
    if wrong.any():
        row = int(np.searchsorted(ends, wrong.argmax(), side="right")) - 1
        check_four_vectors(values[None, ends[row] : ends[row + 1]], name, group, lambda _: locate(row))


def rule_broken_by(component: str, lowest: float, highest: float) -> str | None:
    """Return the rule that one component of some particles breaks, whatever their other components are.

    Args:
        component: its name in a basis.
        lowest: its smallest value.
        highest: its largest value.

    Returns:
        The rule; None where particles of such values are possible.

    Example:
        >>> rule_broken_by("phi", -180.0, 179.0)
        'phi must be in rad, from -2π to 2π'
    """
    size = max(abs(lowest), abs(highest))
    broken = {
        "E": ("E must not be negative", lowest < 0),
        "pt": (_NO_PT, lowest < 0),
        "eta": (_NO_ETA, size > ETA_LIMIT),
        "phi": (_NO_PHI, size > _PHI_LIMIT),
    }
    rule, is_broken = broken.get(component, ("", False))
    return rule if is_broken else None


def particles_there(values: Floats, group: FourVectors) -> Flags:
    """Return where there are particles.

    Args:
        values: four-vectors, shape (rows, P, 4), in the basis and unit of the group.
        group: defines the markers of missing values.

    Returns:
        Shape (rows, P), False where all four components are 0 or one is missing.
    """
    return np.asarray((_declared_absent_as_zero(values, group) != 0).any(axis=-1))


def _wrong_rows(block: Floats, group: FourVectors) -> tuple[Flags, list[tuple[str, Flags]]]:
    """Return which rows have an impossible particle, shape (rows,), and which rules are broken where."""
    wrong = ~np.asarray(np.isfinite(block).all(axis=(1, 2)))
    with np.errstate(over="ignore"):
        finite = np.where(wrong[:, None, None], np.float32(0), block) if wrong.any() else block
        broken = [(rule, flags) for rule, flags in _RULES[group.basis](finite) if flags.any()]
    for _, flags in broken:
        wrong = wrong | flags.any(axis=1)
    return wrong, broken


def _refuse(
    particles: Floats, broken: list[tuple[str, Flags]], name: str, group: FourVectors, row_name: str
) -> NoReturn:
    """Report what is wrong with a row: a number that is not finite, else the first rule that a particle breaks."""
    for particle, component in np.argwhere(~np.isfinite(particles)):
        _refuse_number(group, name, row_name, int(particle), int(component), particles[particle, component])
    rule, flags = next((rule, flags) for rule, flags in broken if flags.any())
    particle = int(flags.argmax())
    msg = (
        f"inputs.{name}: {row_name}: particle {particle} is {particles[particle].tolist()}; {rule}. "
        f"Are the columns in the order {group.basis}?"
    )
    raise DataError(msg)


def _declared_absent_as_zero(vectors: Floats, group: FourVectors) -> Floats:
    if group.missing is False:
        return vectors
    markers = () if group.missing is True else tuple(group.missing)
    return np.asarray(absent_as_zero(vectors, markers), dtype=np.float32)


def _refuse_number(
    group: FourVectors, name: str, row_name: str, particle: int, component: int, value: np.float32
) -> NoReturn:
    column = group.columns if isinstance(group.columns, str) else group.columns[component]
    hint = "Correct the file, or exclude the row with data.selection."
    if np.isnan(value):
        hint = "If it marks an absent particle, set missing: true in this group."
    msg = (
        f"inputs.{name}: column {column} (particle {particle}, {group.basis.split(',')[component]}), {row_name}: "
        f"{value} is not a finite number in float32. {hint}"
    )
    raise DataError(msg)


def _cartesian(vectors: Floats) -> Iterator[tuple[str, Flags]]:
    yield _energy(vectors)


def _energy_and_angles(vectors: Floats) -> Iterator[tuple[str, Flags]]:
    yield _energy(vectors)
    yield from _directions(vectors[..., 1], vectors[..., 2], vectors[..., 3])


def _mass_and_angles(vectors: Floats) -> Iterator[tuple[str, Flags]]:
    pt, eta, phi, mass = (vectors[..., k] for k in range(4))
    yield from _directions(pt, eta, phi)
    tachyon = (mass < 0) & (-mass >= pt * np.cosh(np.clip(eta, -ETA_LIMIT, ETA_LIMIT)))
    yield "a negative m means E² = p² - m², which must be positive", tachyon
    nothing = (pt == 0) & (mass == 0) & vectors.any(axis=-1)
    yield f"pt or m must be positive where there is a particle, {_ALL_ZERO}", nothing


def _energy(vectors: Floats) -> tuple[str, Flags]:
    energy = vectors[..., 0]
    strange = (energy < 0) | ((energy == 0) & vectors[..., 1:].any(axis=-1))
    return f"E must be positive where there is a particle, {_ALL_ZERO}", strange


def _directions(pt: Floats, eta: Floats, phi: Floats) -> Iterator[tuple[str, Flags]]:
    yield _NO_PT, pt < 0
    along = "for particles along the beam use E,px,py,pz; a value that marks an absent particle belongs in missing"
    yield f"{_NO_ETA}; {along}", np.abs(eta) > ETA_LIMIT
    yield _NO_PHI, np.abs(phi) > _PHI_LIMIT


_RULES: dict[Basis, Callable[[Floats], Iterator[tuple[str, Flags]]]] = {
    "E,px,py,pz": _cartesian,
    "E,pt,eta,phi": _energy_and_angles,
    "pt,eta,phi,m": _mass_and_angles,
}
