"""Take home: the experiment of the controls, with its points, for `netwright train`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netwright.atomic_files import atomic_write, make_folder
from netwright.config import dump_experiment
from netwright.lessons.points import Points
from netwright.lessons.settings import Settings, experiment_of

__all__ = ["take_home"]


def take_home(settings: Settings, points: Points, folder: Path) -> Path:
    """Write the experiment file and its points.

    Args:
        settings: the values of all controls.
        points: the points of the lesson.
        folder: where to; a new folder in it holds both files.

    Returns:
        The experiment file: ``netwright train FILE`` trains the same network on the same points.

    Raises:
        StorageError: a file cannot be written.
    """
    number = next(n for n in range(1, 10_000) if not (folder / f"lesson-{n}").exists())
    target = folder / f"lesson-{number}"
    make_folder(target)
    label = points.y.astype(np.int64) if points.classes else points.y
    with atomic_write(target / "points.npz") as partial, partial.open("wb") as file:
        np.savez(file, x=points.x[:, 0], y=points.x[:, 1], label=label, event=np.arange(len(label)))
    path = target / "experiment.yaml"
    named = str((target / "points.npz").resolve())
    with atomic_write(path) as partial:
        partial.write_text(
            dump_experiment(experiment_of(settings, classes=points.classes, file=named)), encoding="utf-8"
        )
    return path
