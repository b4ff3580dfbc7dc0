"""A run: one directory with everything about one training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.atomic_files import atomic_write, sha256_of
from netwright.config import Experiment, load_experiment
from netwright.errors import ExperimentError, RunError, TrainingInterruptedError
from netwright.file_names import in_command
from netwright.strict_json import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from netwright.data import Forms
    from netwright.evaluation import Membership
    from netwright.finding import Finding

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """An open run directory.

    Attributes:
        path: the directory.
        trust: whether the modules of custom layers are trusted, on this machine from now on.
    """

    path: Path
    trust: bool = False

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment of the run, with every default written out."""
        path = self.path / "experiment.yaml"
        try:
            return load_experiment(path)
        except ExperimentError as error:
            msg = f"{error}\nIt says what the run {self.path} is. Restore {path} from a backup, or train again."
            raise RunError(msg) from error

    @cached_property
    def model(self) -> keras.Model:
        """The trained network, a plain Keras model; modules that are not trusted are not imported."""
        from netwright.lab.contents import other_version
        from netwright.models import import_custom_layers, load_model

        path = self.path / "model.keras"
        if not path.exists():
            reason = (
                "restore it from a backup, or train again."
                if self.trained
                else f"its training did not end. Continue it: netwright train --resume {in_command(self.path)}"
            )
            msg = f"{self.path}: the run has no model.keras; {reason}"
            raise RunError(msg)
        import_custom_layers(self.experiment.model, trust=self.trust)
        self._check_sum("model.keras")
        try:
            return load_model(path, trust=self.trust)
        except RunError as error:
            msg = f"{error}{other_version(self.path)}"
            raise RunError(msg) from error

    @property
    def forms(self) -> Forms:
        """The form of inputs and outputs that float32 is too coarse for."""
        from netwright.models import forms_of

        return forms_of(self.model, self.experiment)

    def save(self, model: keras.Model) -> None:
        """Write the trained network.

        Args:
            model: the network, or the ensemble.
        """
        from netwright.lab.contents import refuse_folder

        refuse_folder(self.path / "model.keras")
        with atomic_write(self.path / "model.keras") as partial:
            model.save(partial)

    def write_membership(self, membership: Membership) -> None:
        """Write which rows are training data, and the part of each.

        Args:
            membership: of all rows.
        """
        from netwright.lab.membership_file import write_membership

        write_membership(self.path / "identity.npy", membership)

    @cached_property
    def membership(self) -> Membership | None:
        """The part of each row of the training data, by identity; None if the run does not record it."""
        from netwright.lab.membership_file import read_membership

        path = self.path / "identity.npy"
        if path.exists():
            self._check_sum(path.name)
        return read_membership(path)

    @property
    def known(self) -> npt.NDArray[np.uint64] | None:
        """Identities of the rows in the training data, shape (n,), increasing; None if the run does not record them."""
        return None if self.membership is None else self.membership.identity

    def _check_sum(self, name: str) -> None:
        """Refuse a file that differs from the one written, if the training ended and recorded its checksum."""
        if not self.trained:
            return
        path = self.path / name
        before = self.read_json("training.json").get("sha256", {}).get(name)
        try:
            now = sha256_of(path)
        except OSError as error:
            msg = f"{path} cannot be read ({error}). Restore the file from a backup, or train again."
            raise RunError(msg) from error
        if before is not None and now != before:
            msg = (
                f"{path} is not what was written: its SHA-256 differs from that in training.json. Restore the file "
                f"from a backup, or train again: netwright train {in_command(self.path / 'experiment.yaml')}"
            )
            raise RunError(msg)

    @property
    def evaluation(self) -> dict[str, dict[str, dict[str, dict[str, float | None]]]]:
        """Measured values: split, head, metric, then value, uncertainty and, for an ensemble, spread."""
        from netwright.lab.evaluation_file import read_evaluation

        return read_evaluation(self.path / "evaluation.json")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings on its data, experiment, training and result, worst first."""
        from netwright.lab.findings_file import read_findings

        return read_findings(self.path / "findings.json")

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write ``findings.json``.

        Args:
            findings: in any order.
        """
        from netwright.lab.findings_file import write_findings

        write_findings(self.path / "findings.json", findings)

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record per epoch and member, with its number and the attributes of `netwright.training.EpochRecord`."""
        from netwright.lab.history import read_history

        return read_history(self.path / "history.jsonl")

    @property
    def vitals(self) -> list[dict[str, Any]]:
        """One record per look at the layers of a member, of `netwright.doctor.VitalsRecord`; it may be empty."""
        from netwright.lab.vitals import read_vitals

        return read_vitals(self.path / "vitals.jsonl")

    @property
    def trained(self) -> bool:
        """Whether the training ended; the network is then in the run, and ``training.json`` was written last."""
        return (self.path / "training.json").is_file()

    @property
    def ended(self) -> bool:
        """Whether the run is complete: the network was trained and evaluated, and the report was written last."""
        return self.trained and (self.path / "report.html").is_file()

    def sound(self, name: str) -> bool:
        """Return whether one of the results of an evaluation exists and can be read.

        Args:
            name: ``evaluation.json`` or ``predictions.parquet``.

        Returns:
            False if it has to be computed again.
        """
        try:
            if name == "evaluation.json":
                return bool(self.evaluation)
            return bool(self.predictions().num_rows)
        except RunError:
            return False

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints, which need not exist; a training of several parts has one for each."""
        return self.path / "checkpoints"

    @property
    def has_checkpoints(self) -> bool:
        """Whether there is a checkpoint to resume from."""
        return any(self.checkpoints.glob("**/step-*/"))

    def interrupted(self, signal: str) -> TrainingInterruptedError:
        """Return the error that says what is there after a signal ended the training or the evaluation.

        Args:
            signal: its name.

        Returns:
            The error, with the command that goes on.
        """
        if self.trained:
            return TrainingInterruptedError(signal, self.path, saved="everything" if self.ended else "network")
        return TrainingInterruptedError(signal, self.path, saved="state" if self.has_checkpoints else "nothing")

    @property
    def figures(self) -> Path:
        """The folder of figures, created if necessary.

        Raises:
            RunError: it cannot be created.
        """
        folder = self.path / "figures"
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            msg = f"{folder}: is not a folder for figures ({error}). Move the existing file away, and try again."
            raise RunError(msg) from error
        return folder

    def predictions(self, columns: Sequence[str] | None = None, filters: Any = None) -> pa.Table:  # noqa: ANN401
        """Read scores, truth and weights of the rows of the training data.

        Args:
            columns: names of columns; default: all.
            filters: as in `pyarrow.parquet.read_table`.

        Returns:
            The rows.

        Raises:
            RunError: the file is missing or damaged, lacks a column, or holds a score that is not finite.
        """
        from netwright.lab.predictions import read_predictions

        return read_predictions(self.path / "predictions.parquet", self.experiment, columns, filters)

    def predict(self, data: object) -> pa.Table:
        """Compute the network's scores of rows.

        Args:
            data: rows with the input columns of the network: of files (`netwright.read`), or in memory: arrays by name,
                a DataFrame, an Arrow table, an array of records of NumPy or Awkward Array.

        Returns:
            One row per row of data, in its order: the identity columns that data has, and per head a column of its
            name (the signal's probability, or the value in its unit), or NAME_CLASS per class.

        Raises:
            DataError: these are no columns with names, or one that the network takes is missing or cannot be used.
        """
        from netwright.data import Dataset
        from netwright.evaluation import score_table

        return score_table(self.model, self.experiment, Dataset.of(data), self.known)

    def read_json(self, name: str) -> Any:  # noqa: ANN401
        """Read one of the run's JSON files.

        Args:
            name: of the file.

        Returns:
            Its content.

        Raises:
            RunError: there is no such file, it is not JSON, or its content is invalid.
        """
        from netwright.lab.contents import read_checked

        return read_checked(self.path / name)

    def write_json(self, name: str, content: Any) -> None:  # noqa: ANN401
        """Write one of the run's JSON files.

        Args:
            name: of the file.
            content: numbers, text, lists and dictionaries.
        """
        from netwright.lab.contents import refuse_folder

        refuse_folder(self.path / name)
        write_json(self.path / name, content)
