"""The trackers by name."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from netwright.errors import MissingExtraError
from netwright.trackers.tracker import Tracker

__all__ = ["check_libraries", "make_tracker"]

_TRACKERS = {
    "tensorboard": ("tensorboard", "tensorboard_files", "TensorBoardTracker"),
    "mlflow": ("mlflow", "mlflow_store", "MlflowTracker"),
    "wandb": ("wandb", "wandb_offline", "WandbTracker"),
    "comet": ("comet_ml", "comet_offline", "CometTracker"),
}
"""The library, and our module and class, by name."""


def check_libraries(kinds: Iterable[str]) -> None:
    """Refuse trackers whose libraries are not there.

    Args:
        kinds: names of trackers.

    Raises:
        MissingExtraError: a library is not installed.
    """
    for kind in kinds:
        if find_spec(_TRACKERS[kind][0]) is None:
            feature = f"trackers: {kind}"
            raise MissingExtraError(feature, kind)


def make_tracker(kind: str, run: Path) -> Tracker:
    """Make a tracker; nothing is written yet.

    Args:
        kind: ``tensorboard``, ``mlflow``, ``wandb`` or ``comet``.
        run: the run directory.

    Returns:
        The tracker.

    Raises:
        MissingExtraError: its library is not installed.
    """
    check_libraries([kind])
    _, module, name = _TRACKERS[kind]
    tracker: Tracker = getattr(import_module(f"netwright.trackers.{module}"), name)(run)
    return tracker
