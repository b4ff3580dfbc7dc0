"""The Parquet reader: lists, nested lists, types that become plainer, members of structures, and what is left out."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import parquet
from netwright.readers._members import struct_members
from netwright.readers._plain import plain_array


@pytest.fixture
def table(tmp_path):
    def written(columns, **options):
        pq.write_table(pa.table(columns), tmp_path / "t.parquet", **options)
        return read(tmp_path / "t.parquet", cache=tmp_path)

    return written


def test_lists_of_fixed_and_of_any_length(table):
    numbers = np.arange(24, dtype=np.float32)
    inner = pa.FixedSizeListArray.from_arrays(pa.array(numbers), 4)
    data = table(
        {
            "p4": pa.FixedSizeListArray.from_arrays(inner, 2),
            "pt": pa.array([[1.0, 2.0], [], [3.0]], pa.large_list(pa.float32())),
            "deep": pa.array([[[1], [2, 3]], [], [[4]]]),
        },
        row_group_size=2,
    )
    np.testing.assert_array_equal(data.column("p4"), numbers.reshape(3, 2, 4))
    np.testing.assert_array_equal(data.padded("pt", 3), [[1, 2, 0], [0, 0, 0], [3, 0, 0]])
    assert data.table["deep"].to_pylist() == [[[1], [2, 3]], [], [[4]]]


def test_types_become_plainer(table):
    data = table(
        {
            "half": pa.array(np.array([1, 2], np.float16)),
            "money": pa.array([decimal.Decimal("1.25"), decimal.Decimal("2.50")]),
            "coded": pa.array(["a", "b"]).dictionary_encode(),
            "large": pa.array(["a", "b"], pa.large_string()),
            "day": pa.array([dt.date(2024, 1, 1)] * 2),
        }
    )
    kinds = [str(kind) for kind in data.table.schema.types]
    assert kinds == ["float", "double", "string", "string", "date32[day]"]
    np.testing.assert_array_equal(data.column("money"), [1.25, 2.5])


def test_missing_values_stay_missing(table):
    data = table({"x": [1.0, None], "n": [1, None], "b": [True, None]})
    for name in ("x", "n", "b"):
        np.testing.assert_array_equal(data.column(name), [1, np.nan])


def test_structures_are_read_as_their_members(table):
    jet = pa.struct([("p4", pa.struct([("pt", pa.float32()), ("eta", pa.float16())])), ("btag", pa.int8())])
    data = table(
        {
            "x": [1, 2, 3],
            "jet": pa.array([{"p4": {"pt": 1.5, "eta": np.float16(2)}, "btag": 1}, None, {"p4": None, "btag": 3}], jet),
            "muons": pa.array(
                [[{"pt": 1.0, "hits": [1, 2]}, {"pt": 2.0, "hits": []}], None, []],
                pa.list_(pa.struct([("pt", pa.float64()), ("hits", pa.list_(pa.int32()))])),
            ),
            "pair": pa.array([[{"a": 1}, {"a": 2}]] * 3, pa.list_(pa.struct([("a", pa.int16())]), 2)),
            "tags": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int32())),
        },
        row_group_size=2,
    )
    assert data.left_out == {}
    expected = {
        "x": [1, 2, 3],
        "jet.p4.pt": [1.5, None, None],
        "jet.p4.eta": [2.0, None, None],
        "jet.btag": [1, None, 3],
        "muons.pt": [[1.0, 2.0], None, []],
        "muons.hits": [[[1, 2], []], None, []],
        "pair.a": [[1, 2]] * 3,
        "tags.key": [["k"], [], None],
        "tags.value": [[1], [], None],
    }
    assert {name: data.arrow(name).to_pylist() for name in data.names} == expected
    with pytest.raises(DataError, match=r'"jet" is read as its members: jet\.p4\.pt, jet\.p4\.eta, jet\.btag'):
        data.column("jet")


def test_members_are_structures_taken_apart_row_by_row(table):
    """The slow twin: plain Python, rows with what is missing at every level, over slices of batches."""
    rng = np.random.default_rng(3)

    def jet():
        hits = None if rng.random() < 0.3 else [{"t": float(t)} for t in rng.random(rng.integers(3))]
        return None if rng.random() < 0.2 else {"pt": None if rng.random() < 0.2 else rng.random(), "hits": hits}

    rows = [None if rng.random() < 0.1 else [jet() for _ in range(rng.integers(4))] for _ in range(50)]
    kind = pa.list_(pa.struct([("pt", pa.float64()), ("hits", pa.list_(pa.struct([("t", pa.float64())])))]))
    for layout in (kind, pa.large_list(kind.value_type), pa.list_view(kind.value_type)):
        data = table({"jets": pa.array(rows, layout)}, row_group_size=7)
        assert data.arrow("jets.pt").to_pylist() == [
            None if row is None else [None if jet is None else jet["pt"] for jet in row] for row in rows
        ]
        assert data.arrow("jets.hits.t").to_pylist() == [
            None
            if row is None
            else [None if not jet or jet["hits"] is None else [hit["t"] for hit in jet["hits"]] for jet in row]
            for row in rows
        ]


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (pa.array([[1], [2, 3]], pa.list_view(pa.int32())), [[1], [2, 3]], "list<item: int32>"),
        (pa.array([None, [2, 3]], pa.large_list_view(pa.int8())), [None, [2, 3]], "list<item: int8>"),
        (pa.array([decimal.Decimal(2**53 + 1)] * 2, pa.decimal128(18, 0)), [2**53 + 1] * 2, "int64"),
        (pa.array([decimal.Decimal("-1.25")] * 2, pa.decimal256(50, 2)), [-1.25] * 2, "double"),
        (pa.array([decimal.Decimal("1.2345678901")] * 2, pa.decimal128(38, 10)), [1.2345678901] * 2, "double"),
        (pa.array([dt.time(1, 2, 3)] * 2, pa.time64("ns")), [dt.time(1, 2, 3)] * 2, "time64[ns]"),
        (pa.array([dt.timedelta(seconds=3)] * 2), [dt.timedelta(seconds=3)] * 2, "duration[us]"),
        (pa.nulls(2), [None, None], "null"),
        (pa.array([["a"], ["b", "a"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))), [["a"], ["b", "a"]], "list<"),
        (pa.array([[np.float16(1.5)], []], pa.list_(pa.float16())), [[1.5], []], "list<item: float>"),
        (pa.array(["a", "b"], pa.string_view()), ["a", "b"], "string"),
        (pa.ExtensionArray.from_storage(pa.json_(), pa.array(["1", "2"])), ["1", "2"], "string"),
        (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())), [True, False], "bool"),
        (
            pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12, dtype=np.float32).reshape(2, 2, 3)),
            np.arange(12.0).reshape(2, 2, 3).tolist(),
            "fixed_size_list<item: fixed_size_list<item: float>[3]>[2]",
        ),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_types_that_have_a_plain_form(table, values, expected, kind):
    result = table({"x": values}).arrow("x")
    assert str(result.type).startswith(kind)
    assert result.to_pylist() == expected


def test_a_view_whose_lists_overlap():
    values = pa.array([1.5, 2.5, 3.5])
    lists = pa.ListViewArray.from_arrays(pa.array([1, 0, 3], pa.int32()), pa.array([2, 3, 0], pa.int32()), values)
    assert plain_array(lists, pa.list_(pa.float64())).to_pylist() == [[2.5, 3.5], [1.5, 2.5, 3.5], []]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.array([b"raw"]), "it holds raw bytes, neither numbers nor text"),
        (pa.array([b"ab"], pa.binary(2)), "it holds raw bytes"),
        (pa.array([[b"ab"]]), "it holds raw bytes"),
        (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"a" * 16], pa.binary(16))), "it holds raw bytes"),
    ],
    ids=["bytes", "fixed bytes", "list of bytes", "uuid"],
)
def test_one_column_that_is_none_does_not_block_the_others(table, values, reason):
    data = table({"x": [1], "bad": values, "jet": pa.array([{"pt": 1.5, "raw": b"a"}])})
    assert data.names == ["x", "jet.pt"]
    with pytest.raises(DataError, match=rf't\.parquet: "bad" is left out: {reason}'):
        data.column("bad")
    with pytest.raises(DataError, match=r'"jet\.raw" is left out: it holds raw bytes'):
        data.column("jet.raw")


def test_a_file_without_a_column(table):
    with pytest.raises(DataError, match=r"no column can be read; bad is left out: it holds raw bytes.*Write columns"):
        table({"bad": pa.array([b"raw"])})


def test_types_that_parquet_does_not_hold():
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    for kind, reason in (
        (union.type, "the type of its values differs from row to row"),
        (pa.list_(pa.int8(), 0), "its lists have the fixed length 0"),
        (pa.struct([]), "it is a structure without members"),
        (pa.month_day_nano_interval(), "its type month_day_nano_interval is neither numbers"),
        (pa.dictionary(pa.int8(), pa.binary()), "it holds raw bytes"),
        (pa.fixed_shape_tensor(pa.binary(), [2]), "it holds raw bytes"),
    ):
        (member,) = struct_members(kind)
        assert member.kind is None
        assert member.reason.startswith(reason)


NAMES = [
    "a.b",
    "we/ird",
    "it's",
    'say "pt"',
    "größe",
    "p T",
    "null",
    "y",
    "1e3",
    "-",
    "{i}",
    "#x",
    "x: 1",
    "\t",
    "Pt",
    "pt",
]


def test_names_of_any_kind(tmp_path):
    pq.write_table(pa.table({name: [place, 0] for place, name in enumerate(NAMES)}), tmp_path / "n.parquet")
    data = read(tmp_path / "n.parquet", cache=tmp_path)
    assert data.names == NAMES
    assert [data.column(name)[0] for name in NAMES] == list(range(len(NAMES)))


def test_names_that_occur_twice_are_told_apart_or_left_out(tmp_path):
    columns = {
        "a": pa.array([1]), "a ": pa.array([2]), "s.x": pa.array([3]), "s": pa.array([{"x": 4}]), "": pa.array([5]),
        "t": pa.array([{"": 6, "u": 7}]),
    }  # fmt: skip
    pq.write_table(
        pa.Table.from_arrays([*columns.values(), pa.array([8]), pa.array([{"v": 9}])], [*columns, "a", "t"]),
        tmp_path / "twice.parquet",
    )
    data = read(tmp_path / "twice.parquet", cache=tmp_path)
    assert {name: data.column(name)[0] for name in data.names} == {"a ": 2, "s.x": 3, "s/x": 4}
    with pytest.raises(DataError, match=r'"a" is left out: several columns have this name'):
        data.column("a")
    assert data.left_out["column 5"] == "it has no name"
    assert data.left_out["t"].startswith("several columns have this name")
    pq.write_table(pa.table({"t": columns["t"]}), tmp_path / "unnamed.parquet")
    data = read(tmp_path / "unnamed.parquet", cache=tmp_path)
    assert data.names == ["t.u"]
    assert data.left_out == {"t.column 1": "it has no name"}


def test_a_damaged_column_is_named(tmp_path):
    rng = np.random.default_rng(1)
    columns = {name: rng.random(1000) for name in ("x", "bad", "z")}
    path = tmp_path / "d.parquet"
    pq.write_table(pa.table(columns), path, compression="zstd", use_dictionary=False, write_page_checksum=True)
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(1)
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(DataError, match=r'cannot be read as Parquet \(column "bad"\): the file is truncated, damaged'):
        read(path, cache=tmp_path)


def test_declared_sizes_over_the_limit(table, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_MAX_BYTES", "100000")
    monkeypatch.setattr(parquet, "_batches", None)  # the rows may not be read
    for zeros in (pa.array(np.zeros(20_000)), pa.array([[0.0] * 20_000])):  # a few bytes each, when packed
        with pytest.raises(DataError, match=r"over the limit of .*NETWRIGHT_MAX_BYTES"):
            table({"x": zeros})


def test_a_key_is_refused(tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "t.pq")
    with pytest.raises(DataError, match=r"a Parquet file is one table and takes no key"):
        read(tmp_path / "t.pq", key="x", cache=tmp_path)


def test_many_columns_are_read_in_little_memory(tmp_path):
    """Every open column holds its dictionary and a page: 800 at once took 1.6 GiB."""
    values = np.random.default_rng(1).normal(size=(3000, 300)).astype(np.float32)
    table = pa.table({f"c{i}": values[:, i] for i in range(300)} | {"jets": pa.array([[1.0, 2.0]] * 3000)})
    pq.write_table(table, tmp_path / "wide.parquet", row_group_size=1000)
    data = read(tmp_path / "wide.parquet", cache=tmp_path)
    assert data.names == table.column_names
    np.testing.assert_array_equal(np.stack([data.column(f"c{i}") for i in range(300)], axis=1), values)
    np.testing.assert_array_equal(data.padded("jets", 2), [[1.0, 2.0]] * 3000)
