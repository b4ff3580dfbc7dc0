"""Names of columns that are members of structures: dotted, with the physical names of four-vector components."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["named_columns", "readable_names"]

_TWICE = "several columns have this name, so it is ambiguous"

_UNNAMED = "it has no name"

Parts = tuple[str, ...]

_CARTESIAN = {"fX": "x", "fY": "y", "fZ": "z"}  # TVector2, TVector3, Cartesian3D
_MOMENTUM = {"fX": "px", "fY": "py", "fZ": "pz", "fT": "E"}  # PxPyPzE4D, PxPyPzM4D, TLorentzVector::fP
_COORDINATES = {
    "fPt": "pt", "fEta": "eta", "fPhi": "phi", "fM": "mass", "fE": "E",
    "fR": "r", "fTheta": "theta", "fRho": "rho",
}  # fmt: skip


def readable_names(paths: Sequence[Parts]) -> list[str | None]:
    """Return a readable name for each column of a file.

    Parts are joined with dots. ``fP.fX`` and ``fE`` of a TLorentzVector become ``px`` and ``E``, the coordinates of
    ROOT::Math vectors ``pt``, ``eta``, ``phi``, ``mass`` and so on, those of TVector2 and TVector3 ``x``, ``y``,
    ``z``. Where two columns would get the same name, those with more than one part are joined with slashes instead.

    Args:
        paths: the path to each column, outermost part first.

    Returns:
        One distinct name per column; None for a column whose name is empty or ambiguous.

    Example:
        >>> readable_names([("p4", "fP", "fX"), ("p4", "fE"), ("jets", "fCoordinates", "fPt"), ("hit", "adc")])
        ['p4.px', 'p4.E', 'jets.pt', 'hit.adc']
    """
    all_paths = frozenset(paths)
    names = [".".join(_readable(path, all_paths)) for path in paths]
    taken = Counter(names)
    names = [
        "/".join(path) if taken[name] > 1 and len(path) > 1 else name for path, name in zip(paths, names, strict=True)
    ]
    taken = Counter(names)
    return [name if taken[name] == 1 and all(path) else None for path, name in zip(paths, names, strict=True)]


def named_columns(paths: Sequence[Parts]) -> tuple[dict[int, str], dict[str, str]]:
    """Name the columns of a file, and give the reason for those that cannot be named.

    Args:
        paths: the path to each column, outermost part first.

    Returns:
        The names by position, and the reason for each column that is left out.

    Example:
        >>> named_columns([("x",), ("x",), ("",)])[1]["column 3"]
        'it has no name'
    """
    names = dict(enumerate(readable_names(paths)))
    left_out = {}
    for position in (position for position, name in names.items() if name is None):
        if all(paths[position]):
            left_out["/".join(paths[position])] = _TWICE
        else:
            left_out[".".join(part or f"column {position + 1}" for part in paths[position])] = _UNNAMED
    return {position: name for position, name in names.items() if name is not None}, left_out


def _readable(path: Parts, all_paths: frozenset[Parts]) -> Parts:
    """Return the parts of a name, with the physical names of vector components."""
    *owner, last = path
    if not owner:
        return path
    if owner[-1] == "fCoordinates":
        siblings = {name for name in ("fT", "fM", "fE") if (*owner, name) in all_paths}
        of_momentum = _MOMENTUM if siblings else _CARTESIAN
        return (*owner[:-1], {**_COORDINATES, **of_momentum}.get(last, last))
    if owner[-1] == "fP" and last in _CARTESIAN and (*owner[:-1], "fE") in all_paths:
        return (*owner[:-1], _MOMENTUM[last])
    if last == "fE" and (*owner, "fP", "fX") in all_paths:
        return (*owner, "E")
    if last in _CARTESIAN and {(*owner, "fX"), (*owner, "fY")} <= all_paths:
        return (*owner, _CARTESIAN[last])
    return path
