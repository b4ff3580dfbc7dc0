"""How batches are divided among several devices, and other arrays copied to all of them."""

from __future__ import annotations

import jax
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from netwright.config import TrainingSection
from netwright.errors import ExperimentError

__all__ = ["batch_sharding", "replicated"]


def batch_sharding(section: TrainingSection) -> NamedSharding | None:
    """Return how a batch is divided among devices.

    Args:
        section: how to train.

    Returns:
        A sharding of arrays (batch, ...); None for one device.

    Raises:
        ExperimentError: there are fewer devices than wanted, or a batch cannot be divided among them.
    """
    if section.devices == 1:
        return None
    devices = jax.devices()
    if len(devices) < section.devices:
        msg = (
            f"training.devices: {section.devices} are requested, but JAX sees {len(devices)} ({devices[0].platform}). "
            "Ask for fewer, or ask the batch system for more."
        )
        raise ExperimentError(msg)
    if section.batch_size % section.devices:
        msg = (
            f"training.batch_size: {section.batch_size} rows cannot be divided among {section.devices} devices; "
            f"take a multiple of {section.devices}."
        )
        raise ExperimentError(msg)
    mesh = jax.make_mesh((section.devices,), ("rows",), (AxisType.Auto,), devices=devices[: section.devices])
    return NamedSharding(mesh, PartitionSpec("rows"))  # type: ignore[no-untyped-call]  # of JAX


def replicated(sharding: NamedSharding | None) -> NamedSharding | None:
    """Return how arrays that every device needs in full lie on the devices of a sharding.

    Args:
        sharding: of batches; None for one device.

    Returns:
        A sharding that divides nothing; None for one device.
    """
    return None if sharding is None else NamedSharding(sharding.mesh, PartitionSpec())  # type: ignore[no-untyped-call]  # of JAX
