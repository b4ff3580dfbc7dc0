"""Simulated rows: top and QCD jets from Pythia, and random four-vectors for the mass exercise."""

from netwright.simulation.four_vectors import generate_four_vectors
from netwright.simulation.on_the_fly import generated
from netwright.simulation.top_jets import generate_top_jets

__all__ = [
    "generate_four_vectors",
    "generate_top_jets",
    "generated",
]
