"""Load model: a trained network as a plain Keras model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netwright.errors import RunError
from netwright.lab import Run, open_run

if TYPE_CHECKING:
    import keras

__all__ = ["load_model"]


def load_model(path: Run | str | Path, *, trust: bool = False) -> keras.Model:
    """Load the network of a run, including its custom layers.

    Args:
        path: a run, its directory, or its ``model.keras``.
        trust: trust the modules of custom layers, on this machine from now on.

    Returns:
        A plain Keras model: raw units in, raw units out; an ensemble is one model with all its members.

    Raises:
        RunError: there is no network.
        TrustError: it needs a module that is not trusted.

    Example:
        >>> import netwright as nw
        >>> nw.load_model("runs/top-tagging").predict(inputs)  # doctest: +SKIP
    """
    if isinstance(path, Run):
        return open_run(path, trust=trust).model
    path = Path(path)
    folder = path if path.is_dir() else path.parent
    if not path.is_dir() and path.name != "model.keras":
        msg = f"{path}: is neither a run directory nor the model.keras of one. Name the run directory."
        raise RunError(msg)
    return open_run(folder, trust=trust).model
