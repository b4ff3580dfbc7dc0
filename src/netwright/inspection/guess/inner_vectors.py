"""Four-vectors of the parts of each particle, such as the subjets of Delphes' FatJet.TrimmedP4[5]: as pT and mass."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset, quoted
from netwright.inspection.guess.column_names import why_no_input
from netwright.inspection.guess.layouts import Layout
from netwright.readers import is_numeric

__all__ = ["numbers_of_inner_vectors"]

_COMPONENTS = ("px", "py", "pz", "E")
_MAX_VECTORS = 8  # four-vectors of a particle


def numbers_of_inner_vectors(dataset: Dataset, layout: Layout) -> dict[str, dict[str, str]]:
    """Find four-vectors of the parts of each particle: lists of arrays of fixed size, px, py, pz and E.

    Args:
        dataset: the columns.
        layout: of the file, which may leave a collection out.

    Returns:
        By column, the lists to derive of it and its likes: name and SQL expression of the pT and the mass of each part
        that is there for some particle, in the unit of the columns.
    """
    stems = [name.removesuffix(".E") for name in dataset.names if name.endswith(".E")]
    found: dict[str, dict[str, str]] = {}
    for stem in stems:
        names = [f"{stem}.{component}" for component in _COMPONENTS]
        kinds = {dataset.type_of(name) for name in names if name in dataset.names}
        size = _size_of(kinds.pop()) if len(kinds) == 1 and set(names) <= set(dataset.names) else None
        left_out = why_no_input(stem) or layout.why_left_out(names[0])
        if size is None or left_out is not None:
            continue
        energies = pc.list_flatten(pc.list_flatten(dataset.arrow(names[3]))).to_numpy().reshape(-1, size)
        places = np.flatnonzero((energies != 0).any(axis=0))
        derived = {name: text for place in places.tolist() for name, text in _pt_and_mass(stem, place).items()}
        if derived and derived.keys().isdisjoint(dataset.names):
            found |= {names[0]: derived} | {name: {} for name in names[1:]}
    return found


def _size_of(kind: pa.DataType) -> int | None:
    """Return how many numbers each particle has in a list of arrays; None where it is something else."""
    inner = kind.value_type if pa.types.is_list(kind) else kind
    if not (pa.types.is_list(kind) and pa.types.is_fixed_size_list(inner)):
        return None
    return int(inner.list_size) if is_numeric(inner.value_type) and inner.list_size <= _MAX_VECTORS else None


def _pt_and_mass(stem: str, place: int) -> dict[str, str]:
    """Return the SQL expressions of pT and of √max(0, E² - p²) of one part of each particle."""
    px2, py2, pz2, energy2 = (
        "{0} * {0}".format(f"{quoted(f'{stem}.{component}')}[i][{place + 1}]") for component in _COMPONENTS
    )
    particles = f"range(1, len({quoted(f'{stem}.E')}) + 1)"
    name = re.sub(r"\W+", "_", f"{stem}_{place}")
    return {
        f"{name}_pt": f"list_transform({particles}, lambda i: sqrt({px2} + {py2}))",
        f"{name}_mass": f"list_transform({particles}, lambda i: sqrt(greatest({energy2} - {px2} - {py2} - {pz2}, 0)))",
    }
