"""Data that is divided for training and test already: parts of an npz archive, tables of HDF5, and whole files."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import netwright as nw
from netwright.errors import DataError, ExperimentError
from netwright.readers import list_tables

ROWS = {"train": 60, "valid": 24, "test": 30}


def arrays(rows: int) -> dict[str, np.ndarray]:
    x = np.random.default_rng(rows).normal(size=(rows, 3))
    return {"X": x, "y": (x[:, 0] > 0).astype(int)}


def evidence_of(proposal: nw.workflow.Proposal, symptom: str) -> str:
    return next(finding.sentence for finding in proposal.findings if finding.symptom == symptom)


def test_parts_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    parts = {part: arrays(ROWS[part]) for part in ("train", "test")}
    named = {f"{key}_{part}": one for part, own in parts.items() for key, one in own.items()}
    np.savez(path, **named, names=np.array(["a", "b", "c"]))
    assert [(table.key, table.rows, table.columns) for table in list_tables(path)] == [
        ("train", 60, ("X", "y")),
        ("test", 30, ("X", "y")),
    ]
    np.testing.assert_array_equal(nw.read(path, key="test").column("X"), parts["test"]["X"])
    with pytest.raises(DataError, match=r"each equally frequent: .*\. Choose a part: --key train\.$"):
        nw.read(path)
    with pytest.raises(DataError, match=r"has no part valid\. Its parts are train, test: --key train$"):
        nw.read(path, key="valid")
    proposal = nw.init(path, output=tmp_path / "e.yaml")
    assert evidence_of(proposal, "table").endswith("To evaluate it on another: netwright evaluate RUN FILE --key test")
    checked = nw.check(proposal.path)
    assert (checked.experiment.data.key, checked.rows) == ("train", 60)


def test_tables_of_parts(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for part, rows in ROWS.items():
            for key, one in arrays(rows).items():
                file[f"{part}/{key}"] = one
    proposal = nw.init(tmp_path / "a.h5", output=tmp_path / "e.yaml")
    assert nw.check(proposal.path).experiment.data.key == "train"
    assert "the network is trained on rows of this one alone" in evidence_of(proposal, "table")


def test_files_of_parts(tmp_path: Path) -> None:
    for part, rows in ROWS.items():
        np.savez(tmp_path / f"jets_{part}.npz", **arrays(rows))
    files = [str(tmp_path / f"jets_{part}.npz") for part in ROWS]
    proposal = nw.init(files, output=tmp_path / "folder" / "e.yaml")
    assert "the split is by file, train: jets_train.npz" in evidence_of(proposal, "split")
    assert "train: [../jets_train.npz]" in proposal.path.read_text()
    assert {name: len(rows) for name, rows in nw.check(proposal.path).division.split(0).parts().items()} == ROWS
    two = nw.init(files[1:], output=tmp_path / "two.yaml")
    assert "Files are named as parts (valid, test), but their rows are split again" in evidence_of(two, "split")
    assert nw.check(two.path).experiment.split.kind == "shares"


def test_parts_of_samples(tmp_path: Path) -> None:
    """Files of each class and each part: two classes, not six, and the parts as the files have them."""
    for part, rows in ROWS.items():
        for name in ("QCD", "top"):
            np.savez(tmp_path / f"{name}_{part}_0.npz", X=arrays(rows + len(name))["X"] + (name == "top"))
    files = [str(tmp_path / f"{name}_{part}_0.npz") for name in ("QCD", "top") for part in ROWS]
    proposal = nw.init(files, output=tmp_path / "e.yaml")
    checked = nw.check(proposal.path)
    assert list(checked.experiment.data.samples) == ["QCD", "top"]
    assert "the split is by file, train: QCD_train_0.npz, top_train_0.npz" in evidence_of(proposal, "split")
    assert "top is taken as the signal, because its file is the first that is not of QCD" in evidence_of(
        proposal, "signal class"
    )
    parts = {name: len(rows) for name, rows in checked.division.split(0).parts().items()}
    assert parts == {part: 2 * rows + 6 for part, rows in ROWS.items()}
    with pytest.raises(DataError, match="what to predict cannot be guessed"):  # parts are no classes
        nw.init([files[0], files[2]], output=tmp_path / "f.yaml")


@pytest.mark.parametrize(("named", "drawn"), [("test", "valid"), ("valid", "test")])
def test_rows_of_the_training_file_for_the_part_without_a_file(tmp_path: Path, named: str, drawn: str) -> None:
    for part in ("train", named):
        np.savez(tmp_path / f"jets_{part}.npz", **arrays(ROWS[part]))
    proposal = nw.init([str(tmp_path / f"jets_{part}.npz") for part in ("train", named)], output=tmp_path / "e.yaml")
    said = f"{named}: jets_{named}.npz; {drawn}: 15% of the rows of the training files, by their identity"
    assert said in evidence_of(proposal, "split")
    parts = nw.check(proposal.path).division.split(0).parts()
    assert parts[named].tolist() == list(range(ROWS["train"], ROWS["train"] + ROWS[named]))
    assert 0 < len(parts[drawn]) < 0.3 * ROWS["train"]
    assert len(parts["train"]) + len(parts[drawn]) == ROWS["train"]
    content = proposal.path.read_text()
    for wrong, message in (("1.5", r"Received: 1\.5"), ("[]", r"Received: \[\]")):
        (tmp_path / "w.yaml").write_text(content.replace(f"{drawn}: 0.15", f"{drawn}: {wrong}"))
        with pytest.raises(
            ExperimentError, match=rf"split\.{drawn}: name files, or give a fraction of the training rows.*{message}"
        ):
            nw.check(tmp_path / "w.yaml")
