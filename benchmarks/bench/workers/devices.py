"""Where each library runs: the name of its GPU, or cpu."""

from __future__ import annotations


def of_jax() -> str:
    """Ask JAX."""
    import jax

    return "cpu" if jax.default_backend() == "cpu" else str(jax.devices()[0].device_kind)


def of_tensorflow() -> str:
    """Ask TensorFlow."""
    from tensorflow import config

    gpus = config.list_physical_devices("GPU")
    return str(config.experimental.get_device_details(gpus[0])["device_name"]) if gpus else "cpu"


def of_torch() -> str:
    """Ask PyTorch."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
