"""Simulated rows: top and QCD jets from Pythia, and random four-vectors for the mass exercise."""

from __future__ import annotations

from netwright.data.generators.four_vectors import generate_four_vectors
from netwright.data.generators.top_jets import generate_top_jets

__all__ = ["generate_four_vectors", "generate_top_jets"]
