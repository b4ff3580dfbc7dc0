"""Samples: event weights and yields against plain NumPy, common columns, variations, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from tests.sample_files import GENERATED, ROWS, columns_of, samples_experiment, samples_section, write_samples

from netwright.config import parse_experiment
from netwright.data import identity_of, open_sample, prepare, read_samples
from netwright.errors import DataError
from netwright.evaluation import open_files_to_score


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("samples"))


def experiment(folder: Path, **changes: Any) -> Any:
    return parse_experiment(samples_experiment(folder, data=samples_section(folder, **changes)))


def write_tree(path: Path, **columns: list[float]) -> None:
    with uproot.recreate(path) as file:
        file["Events"] = {name: np.array(values) for name, values in columns.items()}


def by_hand(name: str, tree: str = "Events", weight: str = "w") -> tuple[Any, Any]:
    """Return raw weights of the selected rows and σ L / Σw, in plain NumPy."""
    columns = columns_of(name, tree)
    kept = (columns["b"] > -2) & ((columns["a"] > -1) | (name != "tt"))
    generated = {"tt": GENERATED, "w": 700.0, "qcd": columns_of("qcd")["w"].sum()}[name]
    sigma_pb = {"tt": 0.8, "qcd": 20.0, "w": 3.0}[name]
    return columns[weight][kept], sigma_pb * 1000 * 2 / generated


def test_event_weights_and_yields_are_those_of_plain_numpy(folder: Path) -> None:
    dataset, yields = read_samples(experiment(folder).data)
    assert [sample_yield.sample for sample_yield in yields] == ["tt", "qcd", "w"]
    expected = []
    for result in yields:
        weights, factor = by_hand(result.sample)
        expected.append(weights * factor)
        assert (result.read, result.rows) == (ROWS[result.sample], len(weights))
        assert result.weight_sum == pytest.approx(weights.sum(), rel=1e-12)
        assert result.negative_share == pytest.approx((weights < 0).mean(), rel=1e-12)
        assert result.effective_rows == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=1e-12)
        assert result.expected_events == pytest.approx((weights * factor).sum(), rel=1e-12)
    np.testing.assert_allclose(dataset.column("event_weight"), np.concatenate(expected), rtol=1e-12)
    names = np.repeat([sample_yield.sample for sample_yield in yields], [sample_yield.rows for sample_yield in yields])
    assert dataset.arrow("sample").to_pylist() == names.tolist()


def test_weights_may_be_products_of_columns(folder: Path) -> None:
    content = samples_section(folder, tt={"weight": "w*(b + 9)"}) | {"weight": "w * 2"}
    content["variations"] = {"mu_up": {"weight": 'w * 2 * "b"'}}
    section = parse_experiment(samples_experiment(folder, data=content)).data
    products = {"w_x_2": "w * 2", "w_x_b_9": "w*(b + 9)", "w_x_2_x_b": 'w * 2 * "b"'}
    assert section.derived == {"total": "a + b"} | products
    weights = {name: open_sample(section, name).dataset.column("event_weight") for name in ("tt", "qcd")}
    for name, columns in ((name, columns_of(name)) for name in weights):
        kept = (columns["b"] > -2) & ((columns["a"] > -1) | (name != "tt"))
        product = (columns["w"] * (columns["b"] + 9 if name == "tt" else 2))[kept]
        np.testing.assert_allclose(weights[name] / weights[name].sum(), product / product.sum(), rtol=1e-6)
    varied = open_sample(section, "qcd", "mu_up").dataset
    np.testing.assert_allclose(varied.column("event_weight"), weights["qcd"] * varied.column("b"), rtol=1e-6)
    assert parse_experiment(samples_experiment(folder, data=section.model_dump())).data == section


def test_rows_are_located_in_their_files(folder: Path) -> None:
    dataset, yields = read_samples(experiment(folder).data)
    first_of_qcd = yields[0].rows
    kept = np.flatnonzero(columns_of("qcd")["b"] > -2)
    assert dataset.locate(first_of_qcd) == f"qcd.root, row {kept[0]}"


def test_a_column_of_some_samples_is_left_out_and_the_error_names_the_sample(folder: Path) -> None:
    dataset, _ = read_samples(experiment(folder).data)
    assert "only_qcd" not in dataset.names
    with pytest.raises(DataError, match=r'"only_qcd" is left out: there is none in the sample tt'):
        dataset.column("only_qcd")


def test_a_derived_column_that_fails_in_one_sample_says_why(folder: Path) -> None:
    section = samples_section(folder)
    section["derived"] = {"total": "a + b", "twice": "2 * only_qcd"}
    dataset, _ = read_samples(parse_experiment(samples_experiment(folder, data=section)).data)
    with pytest.raises(DataError, match=r'"twice" is left out: .*cannot be computed.*only_qcd'):
        dataset.column("twice")
    section["samples"]["tt"]["derived"] = {"twice": "1.0"}
    section["samples"]["w"]["derived"] = {"twice": "1.0"}
    dataset, _ = read_samples(parse_experiment(samples_experiment(folder, data=section)).data)
    assert dataset.column("twice")[0] == 1


def test_variations_of_key_and_weight_keep_the_sum_of_the_sample(folder: Path) -> None:
    data = experiment(folder).data
    for variation, tree, weight in (("jes_up", "Events_jesUp", "w"), ("mu_down", "Events", "w_mu_down")):
        weights, factor = by_hand("qcd", tree, weight)
        values = open_sample(data, "qcd", variation).dataset.column("event_weight")
        np.testing.assert_allclose(values, weights * factor, rtol=1e-12)


def test_a_variation_with_files_of_its_own_has_its_own_sum(folder: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "other.root", a=[0.0, 1.0], b=[0.0, 1.0], w=[1.0, 3.0])
    variations = {"tune_up": {"files": [str(tmp_path / "other.root")]}}
    data = open_sample(experiment(folder, qcd={"variations": variations}).data, "qcd", "tune_up")
    assert data.dataset.column("event_weight").tolist() == [10_000.0, 30_000.0]


def test_a_variation_has_the_sum_that_it_names(folder: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "other.root", a=[0.0, 1.0], b=[0.0, 1.0], w=[1.0, 3.0], sum=[3.0, 5.0])
    for given in (8.0, {"key": "Events", "column": "sum"}):
        variations = {"tune_up": {"files": [str(tmp_path / "other.root")], "sum_of_weights": given}}
        data = open_sample(experiment(folder, w={"variations": variations}).data, "w", "tune_up")
        assert data.dataset.column("event_weight").tolist() == [750.0, 2250.0]


def test_the_sum_may_be_in_a_bin_of_histograms(folder: Path) -> None:
    weights = [
        open_sample(experiment(folder, tt=change).data, "tt").dataset.column("event_weight")
        for change in ({}, {"sum_of_weights": {"key": "CutBookkeeper_*_NOSYS", "column": "bin_2"}})
    ]
    np.testing.assert_array_equal(*weights)


def test_a_variation_reads_columns_instead_of_others(folder: Path) -> None:
    variations = {"scale_up": {"columns": {"a": "b", "b": "a"}}}
    data = experiment(folder, qcd={"variations": variations, "derived": {"difference": "a - b"}}).data
    columns = columns_of("qcd")
    kept = columns["a"] > -2  # of what is called b now
    rows = open_sample(data, "qcd", "scale_up").dataset
    np.testing.assert_array_equal(rows.column("a"), columns["b"][kept])
    np.testing.assert_array_equal(rows.column("difference"), (columns["b"] - columns["a"])[kept])
    assert data.varied_columns("tt", "scale_up") == data.varied_columns("data", "scale_up") == {}
    # σ L / Σw is that of all rows, as they are
    factor = by_hand("qcd")[1]
    np.testing.assert_allclose(rows.column("event_weight"), columns["w"][kept] * factor, rtol=1e-12)


def test_files_of_a_variation_have_its_columns_too(folder: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "up.root", a=[1.0, 2.0], a_jes=[3.0, 4.0], b=[0.0, 0.0], w=[1.0, 1.0])
    up = {"files": [str(tmp_path / "up.root")], "columns": {"a": "a_jes"}}
    varied = experiment(folder, qcd={"variations": {"scale_up": up}})
    for rows in (
        open_sample(varied.data, "qcd", "scale_up").dataset,
        open_files_to_score(varied, up["files"], "qcd", "scale_up")[0],
    ):
        assert rows.column("a").tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"a": "a_upp"},
            r'samples\.w: variation scale_up, columns: there is no column "a_upp"\. Did you mean "a_up"\?',
        ),
        ({"A": "a_up"}, r'there is no column "A"\. Did you mean "a"\?'),
        ({"a": "pair"}, r"pair has the type .*\[2\], and a, which it replaces, double\. Name a column with as many"),
    ],
)
def test_columns_of_a_variation_must_fit(folder: Path, tmp_path: Path, columns: Any, message: str) -> None:
    numbers = np.arange(4.0)
    with uproot.recreate(tmp_path / "w.root") as file:
        file.mktree("Events", {"a": "f8", "a_up": "f8", "b": "f8", "w": "f8", "pair": ("f8", (2,))}).extend(
            {"a": numbers, "a_up": numbers, "b": numbers, "w": numbers, "pair": np.zeros((4, 2))}
        )
    own = {"files": [str(tmp_path / "w.root")], "variations": {"scale_up": {"columns": columns}}}
    with pytest.raises(DataError, match=message):
        open_sample(experiment(folder, w=own).data, "w")  # before training


def test_recorded_rows_have_weight_one_and_need_no_column_of_weights(folder: Path) -> None:
    data = open_sample(experiment(folder).data, "data")
    assert set(data.dataset.column("event_weight")) == {1.0}
    assert data.numbers.recorded
    assert data.numbers.expected_events is None


def test_identity_has_the_sample_unless_said_otherwise(folder: Path) -> None:
    settings = experiment(folder)
    dataset, _ = read_samples(settings.data)
    rows = prepare(dataset, settings)
    assert len(np.unique(rows.identity)) == len(rows)
    names = ["run", "event", "sample"]
    np.testing.assert_array_equal(rows.identity, identity_of({name: dataset.arrow(name) for name in names}))
    across = settings.model_copy(update={"data": settings.data.model_copy(update={"identity_across_samples": True})})
    events = len(np.unique(dataset.column("event")))
    assert len(np.unique(prepare(dataset, across).identity)) == events


def test_the_column_sample_of_a_file_is_replaced_and_said(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pq.write_table(pa.table({"a": [1.0, 2.0], "sample": [7, 8]}), tmp_path / f"{name}.parquet")
    files = {name: {"files": [str(tmp_path / f"{name}.parquet")]} for name in ("one", "two")}
    content = samples_experiment(tmp_path, data={"samples": files})
    content["targets"]["signal"]["classes"] = {"one": "one", "two": "two"}
    content.pop("result", None)
    dataset, yields = read_samples(parse_experiment(content).data)
    assert dataset.arrow("sample").to_pylist() == ["one", "one", "two", "two"]
    assert any("already have a column sample" in remark for remark in dataset.remarks)
    assert [sample_yield.expected_events for sample_yield in yields] == [None, None]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"weight": "absent"}, r'data\.samples\.qcd: .*qcd\.root: there is no column "absent"'),
        (
            {"selection": "a > 1000"},
            r"data\.samples\.qcd: the selection '\(b > -2\) AND \(a > 1000\)' leaves none of 900",
        ),
        ({"sum_of_weights": {"key": "Runs", "column": "x"}}, r"data\.samples\.qcd: .*Runs"),
        ({"sum_of_weights": {"key": "Events", "column": "minus"}}, r"data\.samples\.qcd: .*no column \"minus\""),
        ({"derived": {"a": "b"}}, r'data\.samples\.qcd: derived column "a": there is already a column'),
        ({"weight": "minus", "derived": {"minus": "-w"}}, r"data\.samples\.qcd: its generator weights add up to -"),
    ],
)
def test_what_is_refused_names_the_sample(folder: Path, change: dict[str, Any], match: str) -> None:
    with pytest.raises(DataError, match=match):
        read_samples(experiment(folder, qcd=change).data)


def test_a_named_sum_must_be_positive(folder: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "x.root", a=[0.0], b=[0.0], w=[1.0], sum=[-1.0])
    change = {"files": [str(tmp_path / "x.root")], "sum_of_weights": {"key": "Events", "column": "sum"}}
    with pytest.raises(
        DataError, match=r"sum_of_weights: sum of Events adds up to -1, which must be positive.*or give the sum"
    ):
        read_samples(experiment(folder, qcd=change).data)
