"""A run: one directory with everything that one training was and found."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.config import Experiment, dump_experiment, load_experiment
from netwright.errors import RunError
from netwright.safely import beside, write_text

if TYPE_CHECKING:
    import keras
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from netwright.data.dataset import Dataset
    from netwright.data.forms import Forms

__all__ = ["Run", "create_run", "open_run", "open_to_resume"]


@dataclass(frozen=True)
class Run:
    """A run directory, opened.

    Attributes:
        path: the directory.
        trust: whether the modules of users' own layers are trusted, on this machine from now on.
    """

    path: Path
    trust: bool = False

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment as it was run, with every default written out."""
        return load_experiment(self.path / "experiment.yaml")

    @cached_property
    def model(self) -> keras.Model:
        """The trained network, a plain Keras model; no module is imported for it that is not trusted."""
        from netwright.models import import_custom_layers, load_model

        path = self.path / "model.keras"
        if not path.is_file():
            msg = f"{self.path}: the run has no model.keras; its training did not end. Train again."
            raise RunError(msg)
        import_custom_layers(self.experiment.model, trust=self.trust)
        return load_model(path, trust=self.trust)

    @property
    def forms(self) -> Forms:
        """In which form the network takes and gives numbers that float32 is too coarse for."""
        from netwright.models import forms_of

        return forms_of(self.model, self.experiment)

    def save(self, model: keras.Model) -> None:
        """Write the trained network.

        Args:
            model: the network, or the ensemble.
        """
        with beside(self.path / "model.keras") as part:
            model.save(part)

    def write_identity(self, identity: npt.NDArray[np.uint64]) -> None:
        """Write down which rows are training data.

        Args:
            identity: of the rows, shape (rows,).
        """
        import numpy as np

        with beside(self.path / "identity.npy") as part:
            np.save(part, np.unique(identity))

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
    def trained(self) -> bool:
        """Whether the training ended; the network is in the run then, and ``training.json`` was written last."""
        return (self.path / "training.json").is_file()

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do: the network was trained and judged, and the report was written last."""
        return self.trained and (self.path / "report.html").is_file()

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints, which need not be there; a training of several parts has a folder for each."""
        return self.path / "checkpoints"

    @property
    def has_checkpoints(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return any(self.checkpoints.glob("**/step-*/"))

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
            msg = (
                f"{self.path / name} cannot be read ({error}). If the training did not end, go on with it: "
                f"netwright train --resume {self.path}"
            )
            raise RunError(msg) from error

    def write_json(self, name: str, content: Any) -> None:  # noqa: ANN401
        """Write one of the run's JSON files.

        Args:
            name: of the file.
            content: numbers, text, lists and dictionaries.
        """
        write_text(self.path / name, json.dumps(content, indent=2) + "\n")


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
    write_text(path / "notes.md", f"# Notes on {experiment.name}\n\n")
    write_text(path / "experiment.yaml", dump_experiment(experiment))
    return Run(path)


def open_run(path: str | Path | Run, *, trust: bool = False) -> Run:
    """Open a run directory.

    Args:
        path: the directory, or a run that is open.
        trust: trust the modules of users' own layers that its network needs, on this machine from now on.

    Returns:
        The run.

    Raises:
        RunError: there is no run in it.
    """
    if isinstance(path, Run):
        return replace(path, trust=True) if trust and not path.trust else path
    path = Path(path)
    if not (path / "experiment.yaml").is_file():
        near = sorted(p.parent.name for p in path.parent.glob("*/experiment.yaml"))
        there = f" Runs in {path.parent}: {', '.join(near)}." if near else ""
        msg = f"{path} is no run directory: it has no experiment.yaml.{there} Make one with: netwright train EXPERIMENT"
        raise RunError(msg)
    return Run(path, trust)


def open_to_resume(path: str | Path | Run, *, finish: bool = False, trust: bool = False) -> Run:
    """Open a run whose training shall go on.

    Args:
        path: the directory, or a run that is open.
        finish: whether it shall be judged with the best weights so far instead.
        trust: trust the modules of users' own layers, on this machine from now on.

    Returns:
        The run; without checkpoints its training begins anew in the same directory.

    Raises:
        RunError: there is no run in it, it ended, or there are no weights yet that could be judged.
    """
    run = open_run(path, trust=trust)
    if run.ended:
        msg = f"{run.path}: its training has ended; see {run.path / 'report.html'}. Train again in another directory."
        raise RunError(msg)
    if finish and not (run.trained or run.has_checkpoints):
        msg = f"{run.path}: has no checkpoint, so there are no weights to judge. Train it: leave out --finish."
        raise RunError(msg)
    return run


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
