"""First guesses: what they make of real files, of strange names, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.config import columns_of, load_experiment, parse_experiment
from netwright.config.template import commented_experiment
from netwright.data import prepare, read
from netwright.errors import DataError
from netwright.inspection.guess.column_names import why_no_input
from netwright.inspection.guess.experiment import guess_experiment
from netwright.inspection.guess.files_scope import scope_of_files, weight_of_files
from netwright.inspection.guess.network import network_for_particles, network_for_table

FILES = [
    ("real_jets_1000.npz", "truth_label"),
    ("real_jets_1000.h5", "is_signal_new"),
    ("Zmumu.root", "M"),
    ("Zmumu_Run2011A_masses.csv", "M"),
]


def guess(dataset, target, name="guess"):
    return guess_experiment(dataset, target, ["toy.csv"], name)


@pytest.fixture
def guess_of(shared_data):
    def make(name, target):
        return guess_experiment(read(shared_data / name), target, [str(shared_data / name)], "guess")

    return make


@pytest.mark.parametrize(("name", "target"), FILES)
def test_guesses_for_real_files_are_experiments_that_their_rows_fit(guess_of, tmp_path, name, target):
    content, result = guess_of(name, target)
    experiment = parse_experiment(content)
    dataset = read(experiment.data.files)
    assert len(prepare(dataset, experiment)) == dataset.rows
    path = tmp_path / "experiment.yaml"
    path.write_text(commented_experiment(experiment, remarks=[one.sentence for one in result]))
    assert load_experiment(path) == experiment


@pytest.mark.parametrize("name", ["real_jets_1000.npz", "real_jets_1000.h5"])
def test_both_layouts_of_jets_are_the_same_guess(guess_of, name):
    content, result = guess_of(name, dict(FILES)[name])
    (jets,) = content["inputs"].values()
    assert (jets["kind"], jets["at_most"]) == ("four-vectors", 200)
    (head,) = content["targets"].values()
    assert head["kind"] == "binary"
    assert head["classes"] == {"background": 0, "signal": 1}
    assert content["model"]["body"]["kind"] == "deep-sets"
    left_out = " ".join(one.sentence for one in result)
    assert "truth" in left_out or "score_" in left_out


def test_the_mass_of_two_muons(guess_of):
    content, result = guess_of("Zmumu_Run2011A_masses.csv", "M")
    assert content["data"]["identity"] == ["Run", "Event"]
    assert content["targets"] == {"M": {"kind": "regression", "column": "M"}}
    (features,) = content["inputs"].values()
    assert (features["scaling"], content["model"]["body"]) == (
        "both",
        {"kind": "tabular", "activation": "mish", "dropout": 0.0},
    )
    assert "weight_ema" not in content["training"]
    assert any("rows of numbers" in one.evidence for one in result)
    assert {"E1", "px1", "py1", "pz1", "E2", "px2", "py2", "pz2"} <= set(features["columns"])
    assert "M" not in features["columns"]
    assert any("Type1, Type2 (it holds the same word in every row)" in one.evidence for one in result), result


@pytest.mark.parametrize(
    ("rows", "batch", "epochs"), [(20, 32, 40), (7_000, 64, 40), (20_000, 256, 40), (200_000, 2048, 20)]
)
def test_the_training_of_a_table_depends_on_its_rows(rows, batch, epochs):
    content, finding = network_for_table(rows, classes=True)
    assert content["model"]["body"]["kind"] == "tabular"
    assert (content["training"]["batch_size"], content["training"]["epochs"]) == (batch, epochs)
    assert content["training"]["weight_ema"] == 0.75
    assert f"batches have {batch} rows (2^floor(log2(rows / 64))" in finding.evidence
    content, finding = network_for_particles(rows, classes=True, numbers=True)
    assert content["model"]["body"]["dropout"] == 0.1
    assert "numbers of the particles have scaling quantiles, and there is a dropout of 0.1" in finding.evidence
    content, finding = network_for_particles(rows, classes=True, numbers=False)
    assert "dropout" not in content["model"]["body"]
    assert content["training"] == {"batch_size": min(batch, 256)}
    assert f"Batches have {min(batch, 256)} rows" in finding.evidence


@pytest.mark.parametrize(
    ("labels", "kind", "classes"),
    [
        ([0, 1, 1, 0], "binary", {"background": 0, "signal": 1}),
        ([-1.0, 1.0, 1.0, -1.0], "binary", {"background": -1, "signal": 1}),
        ([True, False, True, True], "binary", {"background": 0, "signal": 1}),
        ([0, 1, -2, 0], "multiclass", {"class_minus_2": -2, "class_0": 0, "class_1": 1}),
        ([0.5, 1.5, 2.5, 9.0], "regression", None),
    ],
)
def test_kinds_of_targets(dataset_of, labels, kind, classes):
    dataset = dataset_of({"a": [1.0, 2.0, 3.0, 4.5], "y": labels})
    content, _ = guess(dataset, "y")
    head = content["targets"]["y"]
    assert (head["kind"], head.get("classes")) == (kind, classes)
    prepare(dataset, parse_experiment(content))


def test_targets_may_be_words(dataset_of):
    content, _ = guess(dataset_of({"a": [1.0, 2.0, 3.0], "y": ["top", "qcd", "top"]}), "y")
    assert content["targets"]["y"] == {"kind": "binary", "column": "y", "classes": {"qcd": "qcd", "top": "top"}}
    content, _ = guess(dataset_of({"a": [1.0, 2.0, 3.0], "y": ["t t", "t-t", ""]}), "y")
    assert content["targets"]["y"]["classes"] == {"none": "", "t_t": "t t", "t_t_3": "t-t"}
    assert parse_experiment(content).targets["y"].kind == "multiclass"


def test_the_signal_is_named_once_where_its_value_is_its_name(dataset_of):
    _, result = guess(dataset_of({"a": [1.0, 2.0, 3.0, 5.0], "label": ["bkg", "sig", "sig", "bkg"]}), "label")
    assert "label = sig is taken as the signal, because it is the second class." in [one.sentence for one in result]


def test_weights_identity_truth_constants_lists_and_texts_are_no_inputs(dataset_of):
    dataset = dataset_of(
        {
            "a": [1.0, np.nan, 3.0],
            "W": [0.9, 1.1, 1.6],  # GeV, of the hadrons in deep inelastic scattering
            "event": [1, 2, 3],
            "weight": [1.0, 2.0, 0.5],
            "truth_pt": [1.0, 2.0, 3.0],
            "same": [7, 7, 7],
            "list": [[[1.0]], [[2.0, 3.0]], []],
            "image": np.zeros((3, 2, 5, 5)),
            "text": ["a", "b", "c"],
            "y": [0, 1, 1],
        }
    )
    content, result = guess(dataset, "y")
    group = {"kind": "numeric", "columns": ["a", "W"], "missing": True, "scaling": "quantiles"}
    assert content["inputs"] == {"features": group}
    assert (content["data"]["weight"], content["data"]["identity"]) == ("weight", ["event"])
    left_out, signal, _ = result
    assert signal.sentence == "y = 1 (signal) is taken as the signal, because it is the second class."
    assert left_out.where == ("truth_pt", "same", "list", "image", "text")
    remark = left_out.evidence
    assert remark.startswith(
        "5 columns are left out: truth_pt (its name suggests simulated truth, which recorded data lack); "
    )
    assert "same (it has only one value: 7); list (it holds lists" in remark
    assert "image (it holds arrays of shape (2, 5, 5), such as images, for which there is no network" in remark
    assert "text (it holds 3 different words; in 3 rows, up to 0" in remark


@pytest.mark.parametrize(("rows_of_one", "identity"), [(1, ["id"]), (3, ["id"]), (30, [])])
def test_a_repeated_id_keeps_rows_together_unless_it_is_a_kind(dataset_of, rows_of_one, identity):
    random = np.random.default_rng(0)
    ids = random.permutation(90) // rows_of_one
    content, _ = guess(dataset_of({"x": random.normal(size=90), "id": ids, "y": np.arange(90) % 2}), "y")
    assert content["data"].get("identity", []) == identity
    assert ("id" in content["inputs"]["features"]["columns"]) is (not identity)


def test_a_patient_is_the_identity_by_name_and_others_that_rows_belong_to_are_named(dataset_of):
    rows = np.random.default_rng(0).permutation(120)
    patient, columns = rows % 40, {"x": rows % 7 + 0.5, "y": rows // 60}
    words = np.array([f"S{n:02}" for n in patient])
    assert guess(dataset_of(columns | {"Patient_No": words}), "y")[0]["data"]["identity"] == ["Patient_No"]
    shared = {"site": patient * 7 % 40, "age": patient * patient % 37, "arm": patient * 3 % 5}
    content, findings = guess(dataset_of(columns | shared), "y")
    assert not content["data"]["identity"]
    (found,) = [finding for finding in findings if finding.symptom == "rows that belong together"]
    assert "data.identity: [site], and leave site out of the inputs" in found.sentence


def test_health_is_no_trigger_and_words_of_a_table_without_names_are_no_flags(dataset_of):
    columns = {"hlth_good": [0, 1, 1, 0], "column_1": [0, 1, 0, 0], "wght": [1.0, 2.0, 1.5, 1.0]}
    content, _ = guess(dataset_of(columns | {"column_9": ["no", "yes", "yes", "no"]}), "column_9")
    assert content["inputs"]["features"]["columns"] == ["hlth_good", "column_1"]
    assert content["data"]["weight"] == "wght"


def test_a_few_whole_numbers_are_inputs_as_numbers_and_as_codes(dataset_of):
    n = np.arange(240)
    columns = {
        "region": n % 7,
        "weekday": (n % 5).astype(np.float32),
        "flag": n % 3 // 2,
        "four": n % 11 // 3,
        "half": n % 9 / 2,
        "many": n % 31,
        "count": np.where(n < 9, 3, n % 3),
    }
    content, findings = guess(dataset_of(columns | {"y": n % 2}), "y")
    assert content["inputs"]["features"]["columns"] == [*columns]
    assert content["inputs"]["codes"] == {"kind": "categorical", "columns": ["region", "weekday"]}
    (found,) = [finding for finding in findings if finding.symptom == "numbers or codes"]
    assert found.sentence.startswith("region, weekday: up to 20 different whole numbers")
    many = {f"x{k}": (n + k) * (k + 1) % 19 for k in range(6)}  # 114 values in all
    assert "codes" not in guess(dataset_of(many | {"y": n % 2}), "y")[0]["inputs"]
    particles = {name: [[2.0], [1.0, 3.0], []] * 80 for name in ("jet_pt", "jet_eta", "jet_phi", "jet_m")}
    assert "codes" not in guess(dataset_of(particles | columns | {"y": n % 2}), "y")[0]["inputs"]


GRAMS = 20 + np.arange(40) * 7 % 31 / 2
PRODUCTS = 1.23456 * GRAMS


@pytest.mark.parametrize(
    ("columns", "is_input"),
    [
        ({"weight": GRAMS}, True),
        ({"body_weight": GRAMS.astype(np.float32)}, True),
        ({"weight": np.where(GRAMS > 34, np.nan, GRAMS)}, True),
        ({"Wgt": PRODUCTS, "Height": GRAMS}, True),
        ({"weight": PRODUCTS}, False),  # of many digits
        ({"weight": GRAMS - 25}, False),  # of both signs
        ({"weight": 1000 * GRAMS}, False),  # people of a census, for whom one of a survey stands
        ({"weight": 5.0 + np.arange(40) % 4}, False),  # of four samples
        ({"weight": GRAMS, "event": np.arange(40)}, False),
        ({"weight": GRAMS, "jet1_pt": PRODUCTS}, False),
        ({"mcWeight": GRAMS}, False),
    ],
)
def test_a_weight_as_a_scale_shows_it_is_an_input_and_not_that_of_an_event(dataset_of, columns, is_input):
    name, dataset = next(iter(columns)), dataset_of(columns | {"x": np.arange(40) % 7, "y": np.arange(40) % 2})
    content, findings = guess(dataset, "y")
    assert content["data"]["weight"] == (None if is_input else name)
    assert (name in content["inputs"]["features"]["columns"]) is is_input
    assert weight_of_files(dataset) == (None if is_input else name)
    assert scope_of_files(dataset, weight=weight_of_files(dataset)).roles[name] == ("input" if is_input else "weight")
    said = [finding.symptom for finding in findings if finding.where == (name,)]
    is_event = name == "mcWeight" or {"event", "jet1_pt"} & set(columns)
    assert said == (["measured weight"] if is_input else [] if is_event else ["event weight"])


LISTS = [[1.0, 2.0], [3.0], []]


@pytest.mark.parametrize(
    ("columns", "name", "group"),
    [
        ({f"jet_{n}": LISTS for n in ("E", "px", "py", "pz")}, "jet", ["jet_E", "jet_px", "jet_py", "jet_pz"]),
        (dict.fromkeys(("e", "px", "py", "pz"), LISTS), "constituents", ["e", "px", "py", "pz"]),
        (
            {f"{n}_{i}": [float(i), 1.0, 2.0] for i in range(3) for n in ("E", "PX", "PY", "PZ")},
            "constituents",
            ["E_{i}", "PX_{i}", "PY_{i}", "PZ_{i}"],
        ),
        ({"my jets!": np.ones((3, 2, 4))}, "my_jets", "my jets!"),
        ({"4 vectors": np.ones((3, 2, 4))}, "n_4_vectors", "4 vectors"),
    ],
)
def test_layouts_of_four_vectors(dataset_of, columns, name, group):
    dataset = dataset_of({**columns, "y": [0, 1, 1]})
    content, _ = guess(dataset, "y")
    assert content["inputs"][name]["columns"] == group
    assert list(content["inputs"]) == [name]
    prepare(dataset, parse_experiment(content))


@pytest.mark.parametrize("target", ["features", "1-x", "größe", "a b", "constituents", "_", "split", "weight", "event"])
def test_any_column_can_be_the_target(dataset_of, target):
    dataset = dataset_of({"a": [1.0, 2.5, 3.0], "p4": np.ones((3, 2, 4)), target: [0, 1, 1]})
    content, _ = guess(dataset, target, name="run 7: ünïcode/")
    experiment = parse_experiment(content)
    assert [head.column for head in experiment.targets.values()] == [target]
    prepare(dataset, experiment)


@pytest.mark.parametrize(
    ("columns", "target", "match"),
    [
        ({"a": [1.0, 2.0], "label": [0, 1]}, "lable", '--target lable: no such column. Did you mean "label"'),
        ({"a": [1.0, 2.0], "y": [1, 1]}, "y", "--target y: it is 1 in every row; there is nothing to learn"),
        ({"a": [1.0, 2.0], "y": ["a", "a"]}, "y", r"--target y: it holds string of shape \(\); a target is one number"),
        ({"a": [1.0, 2.0], "y": np.ones((2, 3))}, "y", r"--target y: it holds double of shape \(3,\)"),
        ({"a": [1.0, 2.0], "y": [[1], [0, 1]]}, "y", r"--target y: it holds a list in each row.*--target 'y\[0\]'"),
        ({"a": ["q", "r"], "y": [0, 1]}, "y", "toy.csv: no column is left as an input besides the target y; a is left"),
    ],
)
def test_what_cannot_be_guessed(dataset_of, columns, target, match):
    with pytest.raises(DataError, match=match):
        guess(dataset_of(columns), target)


def test_a_place_in_lists_can_be_the_target(dataset_of):
    """The flavour of the first jet; rows without jets have none."""
    flavours, pt = [[5, 0], [4], [], [0, 5, 5]] * 10, [[9.0, 8.0], [7.0], [], [6.0, 5.0, 4.0]] * 10
    dataset = dataset_of({"Jet_pt": pt, "Jet_flav": flavours, "x": np.arange(40.0) % 7})
    content, _ = guess(dataset, "Jet_flav[0]")
    assert list(content["targets"]["Jet_flav_0"]["classes"].values()) == [0, 4, 5]
    experiment = parse_experiment(content)
    assert "Jet_flav" not in {name for group in experiment.inputs.values() for name in columns_of(group)}
    rows = prepare(dataset.derive(experiment.data.derived), experiment)
    assert np.count_nonzero(rows.heads["Jet_flav_0"].counts) == 30


TRUTH = ["GenJet_pt", "nGenPart", "gen_pt", "Jet_genJetIdx", "Generator_scale", "LHE_HT", "nLHEPart", "truth_pt"]
TRUTH += [
    "HadronConeExclTruthLabelID",
    "Pileup_nTrueInt",
    "true_mass",
    "Jet_partonFlavour",
    "GenPart_pdgId",
    "mcChannel",
    "GenDressedLepton_pdgId",
    "truth_lep_pdgid",
    "mother_pdgId",
]
ANSWERS = ["score_top", "deepcsv_score", "mock", "mock_tagger"]
MEASURED = [
    "Jet_btagDeepFlavB",
    "pt",
    "generic",
    "mcp",
    "genus",
    "structure",
    "Jet_mass",
    "scored",
    "MET_pt",
    "flavour",
    "Muon_pdgId",
    "Electron_pdgId",
    "f_lept1_pdgid",
    "lep_pdgId",
    "mu1_pdg_id",
    "isSF",
    "nPrimaryVertices",
    "primaryVertexZ",
    "MSF",
]


def test_names_of_truth_and_of_answers_are_no_inputs_and_measured_ones_are():
    assert all("truth" in why_no_input(name) for name in TRUTH)
    assert all("output of another network" in why_no_input(name) for name in ANSWERS)
    assert [name for name in MEASURED if why_no_input(name) is not None] == []


def test_the_word_that_keeps_a_column_from_being_numbers_is_said(dataset_of):
    texts = [f"{number}.5" for number in range(96)] + ["NULL", "ERR", "--", "**"]
    columns = {"a": np.arange(100.0), "E": texts, "L": [f"{n},500" for n in range(1, 101)], "y": np.arange(100) % 2}
    content, result = guess(dataset_of(columns), "y")
    assert content["inputs"]["features"]["columns"] == ["a"]
    (left_out,) = (one.evidence for one in result if one.symptom == "columns that are not inputs")
    assert "most of its values are numbers, but not 'ERR' in " in left_out
    assert "--csv \"{missing: ['ERR', '--', '**']}\"" in left_out
    assert "its commas may be decimal marks: --csv \"{decimal: ','}\"" in left_out


def test_a_target_of_many_whole_numbers_is_asked_about(dataset_of):
    dataset = dataset_of({"a": np.arange(100.0), "run": np.arange(100), "k": np.arange(100) % 60})
    content, result = guess(dataset, "k")
    assert content["targets"]["k"]["kind"] == "regression"
    assert any("whole numbers from 0 to 59" in one.evidence and "kind: multiclass" in one.remedy for one in result)


def test_a_target_of_many_decades_is_advised_a_logarithm(dataset_of):
    dataset = dataset_of({"a": np.arange(100.0), "E": np.geomspace(1e-6, 1e6, 100)})
    result, network = guess(dataset, "E")[1]
    assert network.symptom == "network for a table"
    assert (result.severity, result.evidence) == ("WARN", "E spans 12 decades.")
    assert "log_target: 'log10(\"E\")'" in result.remedy
    assert dataset.derive({"log_E": 'log10("E")'}).column("log_E").min() == -6  # what the remedy says to write
    falling = np.r_[1e-5, np.random.default_rng(1).exponential(30, 99)]  # one small value spans seven decades
    for energies in (np.geomspace(1, 100, 100), falling):
        assert guess(dataset_of({"a": np.arange(100.0), "E": energies}), "E")[1] == [network]


def test_a_column_whose_marker_of_missing_values_is_far_from_all_others_is_left_out_with_what_to_name(dataset_of):
    time = np.where(np.arange(400) % 9, 1.7e9 + np.random.default_rng(1).normal(size=400), -999)
    content, result = guess(dataset_of({"a": np.arange(400.0), "time": time, "y": np.arange(400) % 2}), "y")
    assert content["inputs"]["features"]["columns"] == ["a"]
    (left_out,) = (one.evidence for one in result if one.symptom == "columns that are not inputs")
    assert "time is left out: it is too fine for float32" in left_out
    assert "list it in inputs.features.missing" in left_out
    assert ".." not in left_out


def test_up_to_two_rows_for_each_number_are_warned_of(dataset_of):
    columns = dict(zip("abcdefghij", np.random.default_rng(2).normal(size=(10, 21)), strict=True))
    for rows, warned in ((20, ["20 rows with 10 numbers each"]), (21, [])):
        content, result = guess(dataset_of({c: v[:rows] for c, v in columns.items()} | {"y": np.arange(rows) % 2}), "y")
        assert content["inputs"]["features"]["columns"] == list(columns)
        assert [one.evidence.partition(":")[0] for one in result if one.symptom == "rows and columns"] == warned


def test_columns_that_number_the_rows_are_no_inputs(dataset_of):
    rng = np.random.default_rng(1)
    names = rng.permutation(10**6)[:60]
    columns = {"who": names, "x": rng.normal(size=60), "place": np.arange(60) * 17 + 842302, "y": np.arange(60) % 2}
    columns["school"] = rng.permutation(85)[:60]
    content, result = guess(dataset_of(columns), "y")
    assert content["inputs"]["features"]["columns"] == ["x"]
    assert "who (it is the first column, and its whole numbers are different in all rows" in result[0].evidence
    assert "place (its whole numbers rise from row to row, as if they counted the rows)" in result[0].evidence
    assert "school (its whole numbers, from 0 to 83, are different in all rows" in result[0].evidence
    by_chance = {
        "who": names // 2**15,
        "place": names // 2,
        "school": rng.permutation(95)[:60],
    }  # the first with two alike
    content, _ = guess(dataset_of({**columns, **by_chance}), "y")
    assert content["inputs"]["features"]["columns"] == ["who", "x", "place", "school"]


def test_few_words_are_categories(dataset_of):
    words = np.array(["a", "b", "?"])[np.arange(60) % 3]
    dataset = dataset_of(
        {"x": np.linspace(0, 1, 60), "word": words, "name": [f"n{i}" for i in range(60)], "y": [0, 1] * 30}
    )
    content, result = guess(dataset, "y")
    assert content["inputs"]["words"] == {"kind": "categorical", "columns": ["word"]}
    assert (
        "name is left out: it holds 60 different words; in 60 rows, up to 6 are taken as categories"
        in result[0].evidence
    )
    prepare(dataset, parse_experiment(content))


FIVE = [0.5, 1.5, 2.5, 1.25, 2.25]


@pytest.mark.parametrize(
    ("values", "target"),
    [
        ({"column_1": FIVE * 20, "column_2": [0, 1] * 50, "column_3": [1, 2, 3, 2] * 25}, "column_3"),
        ({"column_1": ["a", "b", "c", "d"] * 25, "column_2": FIVE * 20, "column_3": [1, 0.5] * 50}, "column_1"),
        ({"a": FIVE * 20, "b": [0, 1] * 50, "c": [1, 2, 3, 2] * 25}, "b"),
        ({"a": [0, 1] * 50, "b": FIVE * 20, "jet_label": [1, 2, 3, 2] * 25}, "jet_label"),  # by its name
    ],
)
def test_without_names_the_label_is_at_an_end(dataset_of, values, target):
    content, _ = guess(dataset_of(values), None)
    assert content["targets"][target]["column"] == target


def test_names_of_classes_from_words_with_signs(dataset_of):
    content, _ = guess(dataset_of({"a": [1.0, 2.0, 3.5], "y": ["<=50K", ">50K", ">50K"]}), "y")
    assert content["targets"]["y"]["classes"] == {"at_most_50K": "<=50K", "above_50K": ">50K"}
    content, _ = guess(dataset_of({"a": [1.0, 2.0, 3.5], "y": ["+", "-", "-"]}), "y")
    assert content["targets"]["y"]["classes"] == {"minus": "-", "plus": "+"}  # the second is the signal


@pytest.mark.parametrize(("name", "values"), [("nJet", [1, 2, 3] * 40), ("quality", [*[5, 6] * 59, 9, 5])])
def test_counts_and_rare_numbers_are_no_classes(dataset_of, name, values):
    content, _ = guess(dataset_of({"a": np.linspace(0, 1, 120), name: values}), name)
    assert content["targets"][name]["kind"] == "regression"
