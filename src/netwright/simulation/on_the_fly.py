"""Rows that are generated when they are needed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from netwright.config import GenerateSection
from netwright.data import Dataset, Source
from netwright.simulation.four_vectors import particle_block

__all__ = ["generated"]


def generated(section: GenerateSection, epoch: int = 0) -> Dataset:
    """Generate the rows of an experiment without files.

    Args:
        section: kind, number and seed of the rows.
        epoch: each number gives different rows; 0 gives those for validation and evaluation.

    Returns:
        The rows, in memory; always the same for one seed and epoch.

    Example:
        >>> rows = generated(GenerateSection(kind="four-vectors", rows=100))
        >>> rows.names
        ['E', 'px', 'py', 'pz', 'mass', 'event']
    """
    columns = particle_block(section.seed, section.basis, epoch, section.rows)
    source = Source(Path(f"generated {section.kind}, seed {section.seed}, epoch {epoch}"), section.rows)
    return Dataset(pa.table(columns), (source,))
