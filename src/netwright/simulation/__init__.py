"""Simulated rows: top and QCD jets from Pythia, random four-vectors for the mass exercise, and 2-D toys."""

from netwright.simulation._writing import Elsewhere
from netwright.simulation.four_vectors import generate_four_vectors
from netwright.simulation.on_the_fly import generated
from netwright.simulation.top_jets import generate_top_jets
from netwright.simulation.toys import TOYS, Toy, generate_toy

__all__ = [
    "TOYS",
    "Elsewhere",
    "Toy",
    "generate_four_vectors",
    "generate_top_jets",
    "generate_toy",
    "generated",
]
