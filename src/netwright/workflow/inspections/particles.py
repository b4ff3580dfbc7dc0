"""The particles of the rows that an inspection looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netwright.config import InputGroup, ParticlesInput
from netwright.data import check_particles
from netwright.errors import DataError
from netwright.inspection import InspectionRequest, particle_hashes, particle_requests

__all__ = ["with_particles"]


def with_particles(request: InspectionRequest, inputs: Mapping[str, InputGroup]) -> InspectionRequest:
    """Add requests to inspect the particles of rows, and what tells rows apart by them; or why there are none.

    Args:
        request: without particles.
        inputs: the groups of inputs; those of particles are looked at.

    Returns:
        The request, with particles or with the reason why they cannot be read.
    """
    groups = {name: group for name, group in inputs.items() if isinstance(group, ParticlesInput)}
    if not groups or request.refused:
        return request
    try:
        for name, group in groups.items():
            check_particles(request.dataset, f"inputs.{name}", group)
        requests = tuple(particle_requests(request, groups))
        return replace(request, particles=requests, hashes=particle_hashes(request, groups))
    except DataError as error:
        return replace(request, skipped={**request.skipped, "particles": f"they cannot be read ({error})"})
