"""Rows that are made while they are needed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from netwright.config import GenerateSection
from netwright.data import Dataset, Source
from netwright.simulation.four_vectors import particle_block

__all__ = ["generated"]


def generated(section: GenerateSection, epoch: int = 0) -> Dataset:
    """Make the rows of an experiment without files.

    Args:
        section: what, how many, and the seed.
        epoch: another number gives other rows; 0 for those that a network is validated and judged on.

    Returns:
        The rows, in memory; of one seed and epoch always the same.

    Example:
        >>> rows = generated(GenerateSection(kind="four-vectors", rows=100))
        >>> rows.names
        ['E', 'px', 'py', 'pz', 'mass', 'event']
    """
    columns = particle_block(section.seed, section.basis, epoch, section.rows)
    source = Source(Path(f"generated {section.kind}, seed {section.seed}, epoch {epoch}"), section.rows)
    return Dataset(pa.table(columns), (source,))
