"""A run: one directory with everything that one training was and found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.config import Experiment, dump_experiment, load_experiment
from netwright.errors import RunError

if TYPE_CHECKING:
    import keras
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from netwright.data.dataset import Dataset

__all__ = ["Run", "create_run", "open_run"]


@dataclass(frozen=True)
class Run:
    """A run directory, opened.

    Attributes:
        path: the directory.
    """

    path: Path

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment as it was run, with every default written out."""
        return load_experiment(self.path / "experiment.yaml")

    @cached_property
    def model(self) -> keras.Model:
        """The trained network, a plain Keras model."""
        import keras

        import netwright.layers  # noqa: F401  # registers the layers that the file names
        from netwright.models import import_custom_layers

        path = self.path / "model.keras"
        if not path.is_file():
            msg = f"{self.path}: the run has no model.keras; its training did not end. Train again."
            raise RunError(msg)
        import_custom_layers(self.experiment.model)
        return keras.saving.load_model(path, compile=False, safe_mode=True)

    def save(self, model: keras.Model) -> None:
        """Write the trained network.

        Args:
            model: the network, or the ensemble.
        """
        model.save(self.path / "model.keras")

    def write_identity(self, identity: npt.NDArray[np.uint64]) -> None:
        """Write down which rows are training data.

        Args:
            identity: of the rows, shape (rows,).
        """
        import numpy as np

        np.save(self.path / "identity.npy", np.unique(identity))

    @cached_property
    def known(self) -> npt.NDArray[np.uint64] | None:
        """Identities of the rows in the training data, shape (n,), where rows outside of it are judged otherwise."""
        import numpy as np

        path = self.path / "identity.npy"
        return np.load(path, allow_pickle=False) if path.is_file() else None

    @property
    def evaluation(self) -> dict[str, dict[str, dict[str, dict[str, float | None]]]]:
        """What was measured: split, head, metric, then value, uncertainty and, of an ensemble, spread."""
        from netwright.lab.evaluation import read_evaluation

        return read_evaluation(self.path / "evaluation.json")

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record per epoch and member, with its number and the attributes of `netwright.training.EpochRecord`."""
        from netwright.lab.history import read_history

        return read_history(self.path / "history.jsonl")

    @property
    def figures(self) -> Path:
        """The directory of figures; it is there."""
        folder = self.path / "figures"
        folder.mkdir(exist_ok=True)
        return folder

    def predict(self, data: Dataset) -> pa.Table:
        """Ask the network for its scores.

        Args:
            data: rows of any number of files, with the columns that the network takes.

        Returns:
            One row per row of data, in its order: the identity columns that data has, and per head a column of its
            name (the signal's probability, or the value in its unit), or NAME_CLASS per class.

        Raises:
            DataError: a column that the network takes is missing or cannot be used.
        """
        from netwright.lab.scores import score_table

        return score_table(self.model, self.experiment, data, self.known)

    def read_json(self, name: str) -> Any:  # noqa: ANN401
        """Read one of the run's JSON files.

        Args:
            name: of the file.

        Returns:
            Its content.

        Raises:
            RunError: there is no such file, or it is not JSON.
        """
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            msg = f"{self.path / name} cannot be read ({error}). Did the training end? Train again, or evaluate."
            raise RunError(msg) from error

    def write_json(self, name: str, content: Any) -> None:  # noqa: ANN401
        """Write one of the run's JSON files.

        Args:
            name: of the file.
            content: numbers, text, lists and dictionaries.
        """
        (self.path / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def create_run(experiment: Experiment, path: Path | None = None) -> Run:
    """Make a new run directory, and never write over an old one.

    Args:
        experiment: what will be run; its resolved file is written.
        path: the directory; ``runs/NAME`` if not given, or ``runs/NAME-2`` and so on where that is taken.

    Returns:
        The run.

    Raises:
        RunError: the directory is taken, or cannot be made.
    """
    if path is None:
        path = _next_free(Path("runs") / experiment.name)
    else:
        _make(path)
    (path / "experiment.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
    (path / "notes.md").write_text(f"# Notes on {experiment.name}\n\n", encoding="utf-8")
    return Run(path)


def open_run(path: str | Path) -> Run:
    """Open a run directory.

    Args:
        path: the directory.

    Returns:
        The run.

    Raises:
        RunError: there is no run in it.
    """
    path = Path(path)
    if not (path / "experiment.yaml").is_file():
        near = sorted(p.parent.name for p in path.parent.glob("*/experiment.yaml"))
        there = f" Runs in {path.parent}: {', '.join(near)}." if near else ""
        msg = f"{path} is no run directory: it has no experiment.yaml.{there} Make one with: netwright train EXPERIMENT"
        raise RunError(msg)
    return Run(path)


def _next_free(wish: Path) -> Path:
    """Make the first of NAME, NAME-2, NAME-3 that does not exist; two processes never get the same."""
    number = 1
    while True:
        path = wish if number == 1 else wish.with_name(f"{wish.name}-{number}")
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            msg = f"{path}: the run directory cannot be made ({error}). Name another with --run."
            raise RunError(msg) from error
        else:
            return path


def _make(path: Path) -> None:
    try:
        path.mkdir(parents=True)
    except FileExistsError as error:
        msg = f"{path} exists; a run is never written over. Name another directory with --run, or remove it."
        raise RunError(msg) from error
    except OSError as error:
        msg = f"{path}: the run directory cannot be made ({error}). Name another with --run."
        raise RunError(msg) from error
