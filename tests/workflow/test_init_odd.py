"""What `init` writes passes `check`, whatever the columns are called and hold."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.errors import DataError

ROWS = 60
NAMES = (
    "yes",
    "null",
    "1e3",
    "a:b",
    "q'uote",
    'd"q',
    "{i}",
    "br{ace}",
    "x y",
    "Eta",
    "eta",
    "étä",
    "new\nline",
    "#c",
    "- d",
)


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("no", np.arange(ROWS) % 2),
        ("null", np.arange(ROWS) % 3),
        ("true: x", np.linspace(0, 1, ROWS)),
        ("1", np.where(np.arange(ROWS) % 2, "yes", "no")),
        ("w:", np.where(np.arange(ROWS) % 2, "1", "0")),
    ],
)
def test_init_never_writes_what_check_refuses(tmp_path: Path, target: str, values: np.ndarray) -> None:
    random = np.random.default_rng(0)
    columns = {name: random.normal(size=ROWS) for name in NAMES}
    columns |= {"const": np.ones(ROWS), "missing": np.full(ROWS, np.nan), "text": [f"t{i}" for i in range(ROWS)]}
    pq.write_table(pa.table(columns | {target: values}), tmp_path / "odd.parquet")
    path = nw.init(tmp_path / "odd.parquet", target, output=tmp_path / "odd.yaml").path
    assert nw.check(path).rows == ROWS


def table(rows: int = 200, **columns: object) -> dict[str, object]:
    """Two inputs, a target of two classes and an identity; columns that are given replace these."""
    random = np.random.default_rng(0)
    inputs = {"x": random.normal(size=rows), "z": random.normal(size=rows)}
    return inputs | {"y": np.arange(rows) % 2, "event": np.arange(rows)} | columns


N = np.arange(200)
ODD = {
    "case": table(X=N * 1.0, Z=N % 7, Event=N),
    "all_missing": table(a=np.full(200, np.nan), b=pa.nulls(200, pa.float64()), c=pa.nulls(200)),
    "negative_weights": table(weight=np.where(N % 5 == 0, -1.0, 1.0)),
    "five_rows_of_a_class": table(y=(N < 5).astype(int)),
    "weight_0": table(weight=np.zeros(200)),
    "weight_missing": table(weight=np.where(N == 3, np.nan, 1.0)),
    "weight_text": table(weight=["a"] * 200),
    "second_weight": table(weight=["a"] * 200, w=np.ones(200)),
    "identity_constant": table(event=np.zeros(200, int)),
    "identity_fractions": table(event=N + 0.5),
    "identity_missing": table(event=np.where(N == 2, np.nan, N)),
    "identity_null": table(event=pa.array([None, *range(199)])),
    "identity_text": table(event=[f"e{number}" for number in N]),
    "infinite": table(a=np.where(N == 3, np.inf, N)),
    "huge": table(a=1e300 * (N - 99.5)),
    "tiny": table(a=1e-300 * N),
    "target_nan": table(y=np.where(N < 5, np.nan, N % 2)),
    "target_null": table(y=pa.array([None if number < 5 else int(number) % 2 for number in N])),
    "target_words_null": table(y=pa.array([None if number < 5 else "ab"[number % 2] for number in N])),
    "target_nan_number": table(y=np.where(N < 5, np.nan, N / 7)),
    "target_infinite_number": table(y=np.where(N < 5, -np.inf, N / 7)),
}  # fmt: skip
REFUSED = {
    "no_row": (table(0), "has no rows"),
    "one_row": (table(1), "it is 0 in every row; there is nothing to learn"),
    "one_class": (table(y=np.zeros(200, int)), "it is 0 in every row"),
    "one_row_of_a_class": (table(y=(N == 5).astype(int)), r"rows is of class signal \(1 of all 200 rows\)"),
    "weights_of_a_class": (table(weight=np.where(N % 2, -1.0, 1.0)), r"class signal add up to -\d+ in the train rows"),
    "weights": (table(weight=-np.ones(200)), r"class background add up to -\d+"),
    "no_input": ({"m": np.full(200, np.nan), "y": N % 2}, "m is left out: all its values are missing"),
    "target_huge": (table(y=1e300 * N), r"is not a finite number in float32"),
    "two_runs": ({"x": N * 1.0, "y": N % 2, "run": N % 4 // 3}, r"split\.\w+: none of 200 rows falls into it"),
    "copy_of_the_class": ({"x": N % 2, "y": N % 2}, r"x is left out: it has one value in each class of y"),
}


def init(columns: dict[str, object], folder: Path) -> Path:
    pq.write_table(pa.table(columns), folder / "odd.parquet")
    return nw.init(folder / "odd.parquet", "y", output=folder / "odd.yaml").path


@pytest.mark.parametrize("columns", ODD.values(), ids=ODD)
def test_odd_values_give_a_file_that_passes_check(tmp_path: Path, columns: dict[str, object]) -> None:
    checked = nw.check(init(columns, tmp_path))
    assert checked.rows == 200
    assert {"x", "z"} <= set(checked.experiment.inputs["features"].columns)


@pytest.mark.parametrize(("columns", "match"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_trained_is_refused_and_no_file_written(tmp_path: Path, columns, match: str) -> None:
    with pytest.raises(DataError, match=match):
        init(columns, tmp_path)
    assert not (tmp_path / "odd.yaml").exists()


@pytest.mark.parametrize("target", [[0, 1], [0.5, 1.7]])
def test_a_sample_of_two_rows_gives_a_file_and_is_called_too_small(tmp_path: Path, target: list[float]) -> None:
    path = init(table(2, y=target), tmp_path)
    assert "2 rows are too few to train on: split." in " ".join(path.read_text().split())
    with pytest.raises(DataError, match=r"split\.\w+: none of 2 rows falls into it"):
        nw.check(path)


def test_reasons_are_said(tmp_path: Path) -> None:
    columns = table(event=N + 0.5, weight=["a"] * 200, genWeight=np.where(N == 3, np.nan, N), w=np.ones(200))
    columns |= {"a": np.where(N == 3, np.inf, N), "h": 1e300 * N}
    text = " ".join(init(columns, tmp_path).read_text().replace("#", " ").split())
    for reason in (
        "event (it cannot identify rows: data.identity: column event, row 0: 0.5 is not an integer",
        "weight (it holds string, which cannot be a weight",
        "genWeight (it cannot be a weight: 1 of its values are missing or infinite; to leave such rows out: ",
        "data.selection: 'isfinite(\"genWeight\")', data.weight: genWeight",
        "a (it holds infinite values",
        "h (its largest value, 1.99e+302, is beyond float32",
    ):
        assert reason in text, reason
    assert "weight: w" in text


@pytest.mark.parametrize("as_attribute", [False, True])
def test_numbers_of_arrays_have_the_names_of_the_file(tmp_path: Path, as_attribute: bool) -> None:  # noqa: FBT001
    """As hls4ml's jetFeatureNames and particleFeatureNames, in datasets of texts or attributes."""
    rng = np.random.default_rng(1)
    flags = np.eye(3)[np.arange(90) % 3]
    momenta = rng.normal(0, 20, (90, 4, 3)) * (np.arange(4) < rng.integers(2, 5, (90, 1)))[..., None]
    energies = np.sqrt(np.square(momenta).sum(axis=-1, keepdims=True))
    arrays = {
        "jets": np.concatenate([rng.normal(size=(90, 2)), flags], axis=1),
        "particles": np.concatenate([momenta, energies, 0.1 * energies], axis=2),
    }
    names = {
        "jets": ["j_pt", "j_m/GeV", "j_g", "j_q", "j_t"],
        "particles": ["j1_px", "j1_py", "j1_pz", "j1_e", "j1_erel"],
    }
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, array in arrays.items():
            file[name] = array
            if as_attribute:
                file[name].attrs["columns"] = names[name]
            else:
                file[f"{name.removesuffix('s')}FeatureNames"] = np.array(names[name], "S")
    nw.init(tmp_path / "a.h5", "j_*", output=tmp_path / "e.yaml")
    experiment = nw.check(tmp_path / "e.yaml").experiment
    assert experiment.model_dump()["targets"]["label"]["classes"] == {"g": "j_g", "q": "j_q", "t": "j_t"}
    assert experiment.inputs["features"].columns == ["j_pt", "j_m_GeV"]
    group = experiment.inputs["particles"]
    assert group.four_vectors.columns == [f"particles_{name}" for name in ("e", "px", "py", "pz")]
    nw.init(tmp_path / "a.h5", "j_g", output=tmp_path / "g.yaml")
    experiment = nw.check(tmp_path / "g.yaml").experiment
    assert experiment.inputs["features"].columns == ["j_pt", "j_m_GeV"]
    nw.init(tmp_path / "a.h5", "jets[2:5]", output=tmp_path / "s.yaml")
    assert nw.check(tmp_path / "s.yaml").experiment.inputs["features"].columns == ["jets[0]", "jets[1]"]
