"""Layouts of files: what init makes of NanoAOD, PHYSLITE, Delphes, JetClass and jets with tracks passes check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from examples.tutorials.make_files import delphes, flavour_jets, jet_class, nano_aod, physlite

import netwright as nw
from netwright.config import Experiment, columns_of, parse_experiment
from netwright.data import prepare
from netwright.errors import DataError
from netwright.inspection import guess_experiment, has_label
from netwright.inspection.guess.column_names import why_no_input
from netwright.inspection.guess.layouts import PLAIN, is_weight, layout_of
from netwright.inspection.guess.roles import why_copies

Write = Callable[[Path], Path]


def proposed(write: Write, folder: Path, ending: str, target: str | None) -> tuple[Experiment, str]:
    """Return the checked experiment that init proposes, and its findings as one text."""
    proposal = nw.init(write(folder / f"file.{ending}"), target, output=folder / "e.yaml")
    return nw.check(proposal.path).experiment, " ".join(finding.sentence for finding in proposal.findings)


def test_nano_aod(tmp_path: Path) -> None:
    experiment, text = proposed(nano_aod, tmp_path, "root", "GenMET_pt")
    data, jet, muon = experiment.data, experiment.inputs["Jet"], experiment.inputs["Muon"]
    assert (data.key, data.weight, data.identity) == ("Events", "genWeight", ["luminosityBlock", "event"])
    assert jet.four_vectors.columns == ["Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass"]
    assert (jet.four_vectors.basis, jet.four_vectors.unit) == ("pt,eta,phi,m", "GeV")
    assert jet.numbers["features"].columns == ["Jet_btagDeepFlavB", "Jet_qgl"]
    assert jet.numbers["features"].missing == [-999]
    assert jet.categories["kinds"].columns == ["Jet_puId"]
    assert muon.numbers["features"].columns == ["Muon_charge", "Muon_tightId"]
    assert columns_of(experiment.inputs["features"]) == ["MET_pt", "MET_phi", "PV_npvs", "nJet", "nMuon"]
    assert experiment.model.body.kind == "tabular"  # at most 3 jets and 3 muons
    assert "The columns are named as in NanoAOD." in text
    for left_out in ("GenJet_pt", "Jet_hadronFlavour", "HLT_IsoMu24", "Jet_muonIdx1", "Jet_rawFactor"):
        assert left_out in text


def test_delphes(tmp_path: Path) -> None:
    experiment, _ = proposed(delphes, tmp_path, "root", "MissingET.MET")  # as in the file
    assert (experiment.data.weight, experiment.data.identity) == ("Event_Weight", ["Event_Number"])
    assert experiment.targets["MissingET_MET"].kind == "regression"
    assert columns_of(experiment.inputs["Jet"]) == ["Jet.PT", "Jet.Eta", "Jet.Phi", "Jet.Mass", "Jet.BTag"]
    assert columns_of(experiment.inputs["Electron"])[3:] == ["Electron_massless", "Electron.Charge"]
    assert set(experiment.inputs) == {"Jet", "Electron", "features"}


def test_physlite(tmp_path: Path) -> None:
    experiment, _ = proposed(physlite, tmp_path, "root", "n_AnalysisMuonsAuxDyn.pt")
    jets = experiment.inputs["AnalysisJets"]
    assert (jets.four_vectors.unit, columns_of(jets)[4:]) == ("MeV", ["AnalysisJetsAuxDyn.Jvt"])
    assert experiment.data.identity == ["EventInfoAuxDyn.eventNumber"]
    assert experiment.data.weight == "EventInfoAuxDyn_mcEventWeights"
    assert set(experiment.inputs) == {"AnalysisJets", "AnalysisMuons"}


def test_jet_class_needs_no_target(tmp_path: Path) -> None:
    experiment, _ = proposed(jet_class, tmp_path, "parquet", None)
    (head,) = experiment.targets.values()
    assert head.labels["Tbqq"] == "label_Tbqq"
    assert len(head.labels) == 10
    assert len(columns_of(experiment.inputs["part"])) == 16
    assert columns_of(experiment.inputs["features"]) == ["jet_pt", "jet_nparticles", "jet_sdmass"]


def test_flavours_are_known(tmp_path: Path) -> None:
    experiment, _ = proposed(flavour_jets, tmp_path, "h5", None)
    head = experiment.targets["flavour"]
    assert (head.column, head.labels) == ("HadronConeExclTruthLabelID", {"light": 0, "c": 4, "b": 5})
    tracks = experiment.inputs["tracks"]
    assert tracks.numbers["features"].columns == ["d0", "z0SinTheta", "qOverP", "numberOfPixelHits"]
    assert (tracks.mask, tracks.numbers["features"].missing) == ("valid", False)
    held = [name for group in experiment.inputs.values() for name in columns_of(group)]
    assert not any("GN2" in name or "truth" in name for name in held)


def test_extended_flavours_are_known(dataset_of: Any) -> None:
    flavours = np.array([0, 4, 5, 55])[np.arange(90) % 4]
    columns = {"pt": np.arange(90) % 7, "HadronConeExclExtendedTruthLabelID": flavours}
    content, _ = guess_experiment(dataset_of(columns), "HadronConeExclExtendedTruthLabelID", [], "e")
    assert content["targets"]["flavour"]["classes"] == {"light": 0, "c": 4, "b": 5, "class_55": 55}


def test_flavours_that_are_counted_have_no_names(dataset_of: Any) -> None:
    """In training files of umami, flavour_label is the place in a list that begins with b."""
    columns = {"pt": np.arange(90) % 7, "flavour_label": np.arange(90) % 3}
    content, _ = guess_experiment(dataset_of(columns), None, [], "e")
    assert content["targets"]["flavour"]["classes"] == {"class_0": 0, "class_1": 1, "class_2": 2}


def test_flags_by_a_pattern(tmp_path: Path) -> None:
    columns = {"x": np.arange(90) / 7, "isA": [1, 0, 0] * 30, "isB": [0, 1, 0] * 30}
    np.savez(tmp_path / "a.npz", **columns)
    (head,) = nw.check(nw.init(tmp_path / "a.npz", "is*", output=tmp_path / "e.yaml").path).experiment.targets.values()
    assert (head.kind, head.labels) == ("binary", {"A": "isA", "B": "isB"})


def test_without_a_label_the_next_step_is_said(tmp_path: Path) -> None:
    x = np.linspace(0, 1, 60)
    true = {"LHE_HT": x, "GenMET_pt": x**2, "HTXS_Higgs_pt": 0 * x}
    many = {f"z{number}": x for number in range(20)}
    np.savez(tmp_path / "a.npz", x=x, k=np.arange(60) % 3, LHE_Njets=np.arange(60) % 4, **true, **many)
    few = r"Columns with few values: k\. Simulated truth, which a network can predict: GenMET_pt, LHE_Njets, LHE_HT\."
    match = f"what to predict cannot be guessed.*--target.*--classes signal=a.root.*{few}\n.* z13 and 6 more"
    with pytest.raises(DataError, match=match):
        nw.init(tmp_path / "a.npz", output=tmp_path / "e.yaml")


def test_copies_are_left_out(dataset_of: Any) -> None:
    from netwright.inspection.column_summary import summarise_columns

    dataset = dataset_of({"a": [1.0, 2.0, np.nan], "b": [1, 2, 4], "c": [1.0, 2.0, np.nan], "d": [2.0, 1.0, np.nan]})
    assert why_copies(dataset, summarise_columns(dataset)) == {"c": "it equals a in every row"}


def test_arrays_padded_with_nan_are_particles(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    exists = np.arange(6) < rng.integers(1, 5, 90)[:, None]
    tracks = {f"tracks_{name}": np.where(exists, rng.normal(size=(90, 6)), np.nan) for name in ("d0", "z0")}
    np.savez(tmp_path / "a.npz", **tracks, y=np.arange(90) % 2)
    group = nw.check(nw.init(tmp_path / "a.npz", output=tmp_path / "e.yaml").path).experiment.inputs["tracks"]
    assert (columns_of(group), group.at_most, group.mask) == (["tracks_d0", "tracks_z0"], 4, None)


def test_a_mask_without_a_name_is_that_of_all_arrays_of_its_size(dataset_of: Any) -> None:
    """As in structured HDF5, of which pt has the name of its dataset because there are other ones."""
    rng = np.random.default_rng(1)
    exists = np.arange(6) < rng.integers(1, 5, 90)[:, None]
    names = ("tracks.pt", "eta_rel", "signed_d0_significance", "d0")
    arrays = {name: np.where(exists, rng.normal(size=(90, 6)), 0.0) for name in names}
    content, _ = guess_experiment(dataset_of({**arrays, "valid": exists, "y": np.arange(90) % 2}), "y", [], "e")
    (group,) = content["inputs"].values()
    assert group["mask"] == "valid"
    assert sorted(group["numbers"]["features"]["columns"]) == sorted(names)


def test_of_several_masks_of_one_size_each_array_has_its_own(dataset_of: Any) -> None:
    """As in structured HDF5 with as many places for tracks as for flows: values are 0 or NaN where nothing exists."""
    rng = np.random.default_rng(1)
    tracks, flows = (np.arange(6) < rng.integers(1, 6, 90)[:, None] for _ in range(2))
    columns = {
        "flows.pt": np.where(flows, rng.uniform(1, 9, (90, 6)), np.nan),
        "isCharged": (flows & (rng.random((90, 6)) < 0.5)).astype(np.int8),
        "flows.valid": flows,
        "d0": np.where(tracks, rng.normal(size=(90, 6)), 0.0),
        "tracks.valid": tracks,
        "y": np.arange(90) % 2,
    }
    content, _ = guess_experiment(dataset_of(columns), "y", [], "e")
    inputs = {name: (group["mask"], columns_of_group(group)) for name, group in content["inputs"].items()}
    assert inputs == {
        "flows": ("flows.valid", {"flows.pt", "isCharged"}),
        "tracks": ("tracks.valid", {"d0"}),
    }


def columns_of_group(group: dict[str, Any]) -> set[str]:
    """Return the columns of numbers and categories of a group of particles."""
    sections = [*group["numbers"].values(), *group.get("categories", {}).values()]
    return {column for section in sections for column in section["columns"]}


def test_collections_in_groups_of_groups(dataset_of: Any) -> None:
    """As in files of SPANet, whose particles are in INPUTS/Jets/pt and so on."""
    rng = np.random.default_rng(1)
    exists = np.arange(6) < rng.integers(1, 5, 90)[:, None]
    names = ("pt", "eta", "phi", "mass", "btag")
    columns = {f"INPUTS.Jets.{name}": np.where(exists, rng.uniform(1, 2, (90, 6)), 0.0) for name in names}
    content, _ = guess_experiment(
        dataset_of({**columns, "INPUTS.Jets.MASK": exists, "y": np.arange(90) % 2}), "y", [], "e"
    )
    (group,) = content["inputs"].values()
    assert (group["mask"], group["four_vectors"]["basis"]) == ("INPUTS.Jets.MASK", "pt,eta,phi,m")


def test_a_collection_with_an_infinite_momentum_is_left_out(dataset_of: Any) -> None:
    lists = [[2.0], [1.0, 3.0], []] * 30
    jets = {f"jet_{name}": lists for name in ("pt", "eta", "phi", "m")} | {"jet_pt": [[np.inf], [1.0, 3.0], []] * 30}
    content, result = guess_experiment(
        dataset_of({**jets, "x": np.arange(90) % 7 / 2, "y": np.arange(90) % 2}), "y", [], "e"
    )
    assert list(content["inputs"]) == ["features"]
    assert "jet_pt holds infinite values" in result[0].evidence


def test_angles_in_degrees_and_values_of_no_four_vector(dataset_of: Any) -> None:
    rng = np.random.default_rng(1)
    lists = {
        f"{of}_{name}": [[0.5], [1.0, 2.0], []] * 30 for of in ("jet", "tau") for name in ("pt", "eta", "phi", "m")
    }
    lists["jet_phi"] = [[turn] for turn in rng.uniform(-180, 180, 90)]
    lists |= {f"jet_{name}": [[rng.exponential()] for _ in range(90)] for name in ("pt", "eta", "m")}
    lists |= {f"tau_{name}": [[-one], [1.0, 2.0], []] * 30 for one, name in ((1.0, "pt"), (2.0, "phi"), (3.0, "m"))}
    markers = {name: [[-999.0], [1.0, 2.0], []] * 30 for name in ("mu_pt", "mu_eta", "mu_phi", "mu_m")}
    plain = {f"{part}_{i}": rng.normal(size=90) for part in ("E", "px", "py", "pz") for i in range(2)}
    data = dataset_of({**lists, **markers, **plain, "y": np.arange(90) % 2})
    content, result = guess_experiment(data, "y", ["toy.parquet"], "e")
    experiment = parse_experiment(content)
    data = data.derive(experiment.data.derived)
    assert len(prepare(data, experiment)) == 90
    jet, tau, mu = (experiment.inputs[name] for name in ("jet", "tau", "mu"))
    assert jet.columns == ["jet_pt", "jet_eta", "jet_phi_rad", "jet_m"]
    assert data.arrow("jet_phi_rad")[5][0].as_py() == pytest.approx(np.deg2rad(lists["jet_phi"][5][0]))
    assert (tau.four_vectors, columns_of(tau)) == (None, ["tau_pt", "tau_eta", "tau_phi", "tau_m"])
    assert mu.missing == [-999]
    assert set(columns_of(experiment.inputs["features"])) == set(plain)
    text = " ".join(one.sentence for one in result)
    assert "jet_phi is left out: it is in degrees; a column in rad that is made of it is taken" in text
    assert (
        "tau is taken as numbers without four-vectors: pt must not be negative, and tau_pt goes from -1 to 2." in text
    )
    assert "without four-vectors: E must not be negative" in text


@pytest.mark.parametrize(
    ("column", "names"),
    [  # of real files
        ("nJet", ["SubGenJetAK8_pt", "nSubGenJetAK8", "TrackGenJetAK4_pt", "MET_fiducialGenPt", "FiducialMET_pt"]),
        ("nJet", ["TauProd_pt", "nTauProd", "Jets_hadronFlavor", "JetsAK8_NumBhadrons", "Dataset_ScoutingPFMonitor"]),
        ("EventInfoAuxDyn.eventNumber", ["EventInfoAuxDyn.bcid", "EventInfoAuxDyn.DFCommonJets_BCIDType", "index_ref"]),
        ("EventInfoAuxDyn.eventNumber", ["AnalysisLargeRJetsAuxDyn.GhostBHadronsFinalCount", "METAssoc_AAux.isMisc"]),
        ("Jet.PT", ["EventLHEF.ScalePDF", "CaloJet02.PT", "Jet.Constituents.fSize", "Jet.FlavorAlgo", "Jet.TauFlavor"]),
        ("flavour_label", ["GN2X_phbb", "MockTagger_ptau", "GhostCHadronsFinalCount", "R10TruthLabel_R22v1"]),
        ("flavour_label", ["jetFoldHash", "tracks.ftagTruthOriginLabel"]),
        ("lep_n", ["jet_trueflav", "trigE", "lep_trigMatched", "channelNumber", "XSection", "scaleFactor_BTAG"]),
        ("lep_n", ["SumWeights", "KaggleSet", "mcErrors", "mu_0_mcPDG", "isContinuumEvent", "isSignalAcceptMissing"]),
        ("nTracks", ["mu1_TRUEID", "B0_TRUEP_E", "B0_MC_MOTHER_ID", "B0_BKGCAT", "B0_Hlt1TrackMVADecision_TOS"]),
        ("nTracks", ["B0_L0Global_Dec", "GpsTime", "BCID", "L0DUTCK", "totCandidates", "mu1_TRACK_Key"]),
        ("nJet", ["bunchCrossing", "orbitNumber", "MC_PFScouting", "PFCand_pt", "nPFCand", "FatJetPFCands_eta"]),
        ("lep_n", ["NTrueInt", "NObsInt", "nTruePU", "KFactor_EW_qqZZ", "top_k_factor", "lepSF", "btagSF_up"]),
        ("lep_n", ["lumiScale", "phoPrescale", "nsig_sw", "randomRunNumber", "event_BkgCategory", "PDFinfo_X1"]),
        ("elePt", ["jetPartonID", "jetHadFlvr", "pthat", "qscale", "pdf", "topHadronOriginFlag"]),
        ("fTrackPt", ["fMCPdg", "fMcLabel", "fOriginMcRec", "nMCMatches", "PrimaryType", "interaction_type", "obs_id"]),
        ("part_px", ["genres_mass", "jet_genjet_pt", "gentau1_pt", "fjet_match_dR", "jet_matched_dr"]),
        ("nJet", ["HLTriggerFirstPath", "L1Reco_step", "MET_MetUnclustEnUpDeltaX", "PuppiMET_ptJERUp"]),
        ("nJet", ["Electron_dEscaleUp", "Photon_dEsigmaDown", "jet_genpt", "top_parton", "Etrue", "lheHT"]),
        ("lep_n", ["jet_pt_syst", "isJvtHS", "jet_flavour", "passHLT", "passed_trigger", "isSig", "mcflag"]),
        ("lep_n", ["jet_no", "fj_index", "jet_idx", "entry", "idx", "extraInfo__boSignalProbability__bc"]),
        ("lep_n", ["w_pu", "wgt_btag", "scale1fb", "xsec_pb", "filterEfficiency", "isMC", "sampleID", "process_id"]),
        ("lep_n", ["sw_sig", "evt_scale1fb", "evt_kfact", "genps_pt", "lep1_is_fromw", "nisrMatch", "sub_event_id"]),
        ("lep_n", ["PrimaryNeutrinoEnergy", "nugen_type", "theta_sim", "simE", "isNotContinuumEvent", "fj_labelJMAR"]),
        (
            "nJet",
            ["Jet_pt_jesTotalUp", "MET_T1_pt_jerDown", "FatJet_mass_jmrUp", "L1EG_hwQual", "L1EtSum_pt", "Top_pt_rwgt"],
        ),
        ("flavour_label", ["partonMatched", "isHS", "isPU", "jetFoldRankHash", "fold_hash", "leadingBHadronPt"]),
        ("part_px", ["fj_isBB", "sample_isQCD", "nPartons", "ngenjets", "lep_isPrompt", "isHardScatter", "ptjecup"]),
        ("pt_NOSYS", ["met_met_EG_SCALE_ALL__1up", "weight_mc_GEN_MUR2_MUF2", "HFClassification", "el_IFFClass"]),
        ("elePt", ["ak4genjetpt", "ak4hadflav", "mcPt", "qrMC", "puNumInteractions", "puTrue", "jetP4SmearUp"]),
        ("elePt", ["metFilters", "eleFiredSingleTrgs", "pfMET_T1JERUp"]),
        ("luminosityBlock", ["HLT_IsoMu24", "Jet.jetIdx"]),  # NanoAOD as uproot writes it: Jet.pt, no nJet
    ],
)
def test_truth_and_bookkeeping_of_real_files_are_no_inputs(column: str, names: list[str]) -> None:
    layout = layout_of([column, "Jet_pt"])
    assert not [name for name in names if why_no_input(name) is None and layout.why_left_out(name) is None]


def test_the_weight_of_the_first_trigger_is_a_weight() -> None:
    assert is_weight(layout_of(["nJet", "Jet_pt"]).why_left_out("L1PreFiringWeight_Nom") or "")


def test_numbers_of_the_detector_are_inputs() -> None:
    names = [
        "part_isChargedHadron",
        "trajectory_up",
        "object_down",
        "fj_isolation",
        "nPrimaryVertices",
        "Jet_btagDeepB",
        "fj_pt",
        "gap_up",
    ]
    assert not [name for name in names if why_no_input(name) or PLAIN.why_left_out(name)]


def test_a_count_without_its_collection_shows_no_layout() -> None:
    assert layout_of(["nPrimaryVertices", "HadronConeExclTruthLabelID"]).name == "flavour tagging"
    assert layout_of(["nJet", "Jet.pt"]).name == "NanoAOD"  # an RNTuple
    assert layout_of(["nJetPt", "JetPt", "JetPt_JESUp"]).name == "columns"  # uproot's counter of a list


def test_a_trigger_is_no_label(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.linspace(0, 1, 60), triggerIsoMu24=np.arange(60) % 2, NJet=np.arange(60) % 3)
    with pytest.raises(DataError, match=r"what to predict cannot be guessed.*Columns with few values: none\."):
        nw.init(tmp_path / "a.npz", output=tmp_path / "e.yaml")


def test_truth_of_single_particles_is_named_where_there_is_no_label(dataset_of: Any) -> None:
    counts = [row % 3 for row in range(60)]
    flavours = {name: [[5] * count for count in counts] for name in ("Jet_hadronFlavour", "GenJet_hadronFlavour")}
    columns = {"nJet": counts, "Jet_pt": [[50.0] * count for count in counts], **flavours}
    with pytest.raises(DataError, match=r"Truth of single particles, each a row then: Jet_hadronFlavour\."):
        guess_experiment(dataset_of(columns), None, [], "e")


def test_flags_of_which_one_is_1_are_classes(dataset_of: Any) -> None:
    """As in files of FCCAnalyses; flags that are not of classes are inputs."""
    kinds = np.arange(90) % 3
    columns = {f"recojet_is{name}": (kinds == place).astype(float) for place, name in enumerate("GBC")}
    columns |= {"mu_isLoose": np.arange(90) % 2, "mu_isTight": np.arange(90) % 5 == 0, "x": np.arange(90.0)}
    content, findings = guess_experiment(dataset_of(columns), None, [], "e")
    assert content["targets"]["recojet"]["classes"] == {"G": "recojet_isG", "B": "recojet_isB", "C": "recojet_isC"}
    assert content["inputs"]["features"]["columns"] == ["mu_isLoose", "mu_isTight", "x"]
    assert "as one of recojet_isG, recojet_isB, recojet_isC is 1 in each row" in " ".join(
        one.sentence for one in findings
    )
    assert has_label(dataset_of(columns))
    renamed = {name.replace("recojet_is", "of_"): column for name, column in columns.items()}
    with pytest.raises(DataError, match=r"Flags of which one is 1 in each row: --target 'of_\*'\."):
        guess_experiment(dataset_of(renamed), None, [], "e")


def test_a_label_in_words_goes_before_its_numbers(dataset_of: Any) -> None:
    """As TMVA writes them, with the outputs of its methods: Signal is 0."""
    kinds = np.arange(90) % 2
    columns = {
        "classID": kinds,
        "className": np.where(kinds, "Background", "Signal"),
        "BDT": kinds - 0.5,
        "x": kinds + 1.0,
    }
    columns["x"] = columns["x"] + np.random.default_rng(1).normal(size=90)
    content, _ = guess_experiment(dataset_of(columns), None, [], "e")
    assert content["targets"]["className"]["classes"] == {"Background": "Background", "Signal": "Signal"}
    assert content["inputs"]["features"]["columns"] == ["x"]


def test_the_only_column_of_words_is_the_label(tmp_path: Path) -> None:
    rows = [f"{one / 7},{one % 5},{'gh'[one % 2]}" for one in range(90)]
    (tmp_path / "magic.data").write_text("\n".join(rows))
    (head,) = nw.check(nw.init(tmp_path / "magic.data", output=tmp_path / "e.yaml").path).experiment.targets.values()
    assert (head.column, head.labels) == ("column_3", {"g": "g", "h": "h"})


def test_large_momenta_are_in_mev(dataset_of: Any) -> None:
    lists = {"pt": [[42_000.0], [7_500.0, 31_000.0], []] * 30, "eta": [[0.1], [1.0, -1.0], []] * 30}
    columns = {f"lep_{name}": lists.get(name, lists["eta"]) for name in ("pt", "eta", "phi")}
    content, result = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["inputs"]["lep"]["unit"] == "MeV"
    assert any(one.evidence == "Momenta of lep are taken as MeV: their mean is above 5000." for one in result)


def test_what_is_the_same_in_all_rows_of_each_class_is_no_input(dataset_of: Any) -> None:
    columns = {"code": np.array([2048, 0])[np.arange(90) % 2], "word": ["b", "s"] * 45, "x": np.arange(90) % 7 / 2}
    content, result = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["inputs"]["features"]["columns"] == ["x"]
    assert "code, word (it has one value in each class of y, so that it is the answer itself)" in result[0].evidence
    flags = {"isA": np.arange(90) % 2, "isB": 1 - np.arange(90) % 2}
    content, _ = guess_experiment(dataset_of(columns | flags), "is*", [], "e")
    assert content["inputs"]["features"]["columns"] == ["x"]
    process = {"process": ["W", "H", "Z", "H"] * 22 + ["W", "H"]}  # several values of each class
    content, result = guess_experiment(dataset_of(columns | process | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["inputs"] == {"features": {"kind": "numeric", "columns": ["x"], "scaling": "quantiles"}}
    assert "process (each of its values is in one class of y alone, so that it tells the answer)" in result[0].evidence
    few = {name: values[:40] for name, values in columns.items()}
    content, _ = guess_experiment(dataset_of(few | {"y": np.arange(40) % 2}), "y", [], "e")
    assert "code" in content["inputs"]["features"]["columns"]  # too few rows to tell


def test_particles_of_hardly_a_row_are_left_out(dataset_of: Any) -> None:
    rare = [[5.0], [6.0]] + [[]] * 88
    columns = {"Jet_pt": [[2.0], [1.0, 3.0], []] * 30, "Tau_pt": rare, "Tau_q": rare}
    content, result = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert list(content["inputs"]) == ["Jet"]
    assert "Tau_pt, Tau_q (only 2 of 90 rows have a particle)" in result[0].evidence


def test_jets_beside_a_table_of_another_kind(tmp_path: Path) -> None:
    with h5py.File(flavour_jets(tmp_path / "jets.h5"), "a") as file:
        counts = file.create_group("cutBookkeeper").create_group("nominal")
        counts["counts"] = np.zeros(3, [("count", "i8"), ("sum", "f8")])
        rows = len(file["jets"])
        file["truth_hadrons"] = np.zeros((rows, 2), [("pt", "f4"), ("Lxy", "f4"), ("valid", "?")])
        file["truth_hadrons"][::2, 0] = (5.0, 7.0, True)
        file["flows"] = np.ones((rows, 3), [("pt", "f4"), ("isCharged", "?"), ("valid", "?")])
        file["flows"][::2, 0] = (5.0, False, True)
    experiment = nw.check(nw.init(tmp_path / "jets.h5", output=tmp_path / "e.yaml").path).experiment
    assert (experiment.data.key, experiment.targets["flavour"].signal_name) == ("/", "b")
    assert {"flows", "tracks", "truth_hadrons"} & set(experiment.inputs) == {"flows", "tracks"}
    assert experiment.inputs["flows"].numbers["features"].columns == ["flows.pt", "isCharged"]
    assert not any("Lxy" in name for group in experiment.inputs.values() for name in columns_of(group))


def test_lists_belong_to_the_four_vector_of_their_name_and_length(dataset_of: Any) -> None:
    """As in files of HZZ with TLorentzVectors: muonp4 is read as muonp4.px and so on, and muonq lies beside it."""
    jets, muons = [[2.0], [1.0, 3.0], []] * 30, [[1.5, 4.0, 2.5], [1.0], [2.0]] * 30
    both = {"jet": jets, "muon": muons}
    p4 = {f"{name}p4.{part}": lists for name, lists in both.items() for part in ("E", "px", "py", "pz")}
    hits = [[1.0, 2.0]] * 45 + [[3.0]] * 45
    btag, q, iso = ([[scale * x for x in row] for row in of] for scale, of in ((2, jets), (2, muons), (3, muons)))
    lists = {"jetbtag": btag, "muonq": q, "muoniso": iso, "trackd0": jets, "hits": hits}
    content, _ = guess_experiment(dataset_of(p4 | lists | {"y": np.arange(90) % 2}), "y", [], "e")
    inputs = content["inputs"]
    assert list(inputs) == ["jetp4", "muonp4", "trackd0", "hits"]
    assert inputs["jetp4"]["numbers"]["features"]["columns"] == ["jetbtag"]
    assert inputs["muonp4"]["numbers"]["features"]["columns"] == ["muonq", "muoniso"]
    assert inputs["muonp4"]["four_vectors"]["basis"] == "E,px,py,pz"
    assert inputs["muonp4"]["four_vectors"]["features"] == ["objects"]  # leptons of an event, no parts of a jet


def test_lists_without_four_vectors_are_told_apart_by_their_lengths(dataset_of: Any) -> None:
    jets, muons = [[2.0], [1.0, 3.0], []] * 30, [[1.5, 4.0, 2.5], [1.0], [2.0]] * 30
    columns = {f"jet{part}": jets for part in ("pt", "eta", "phi", "m")}
    columns |= {"mu_pt": muons, "lepd0": muons, "lepz0": muons}
    content, _ = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert list(content["inputs"]) == ["mu", "jet", "lep"]
    assert content["inputs"]["jet"]["columns"] == ["jetpt", "jeteta", "jetphi", "jetm"]


def test_lists_belong_to_the_momenta_with_which_their_names_begin(dataset_of: Any) -> None:
    """As in private ntuples: all columns of jets, jetPt and jetEn with jetTags_b; records have p4.pt beside btag."""
    jets = {
        name: [[2.0 + k], [k, 3.0], []] * 30
        for k, name in enumerate(("jetPt", "jetEta", "jetPhi", "jetEn", "jetTags_b"))
    }
    records = {
        f"fat.{name}": [[2.0 + k, 1.0], [k], []] * 30 for k, name in enumerate(("p4.pt", "p4.eta", "p4.phi", "btag"))
    }
    for columns in (jets, jets | records):
        content, _ = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
        assert content["inputs"]["jet"]["four_vectors"]["columns"] == ["jetEn", "jetPt", "jetEta", "jetPhi"]
        assert content["inputs"]["jet"]["numbers"]["features"]["columns"] == ["jetTags_b"]
    assert list(content["inputs"]) == ["fat", "jet"]
    assert content["inputs"]["fat"]["four_vectors"]["columns"][:3] == ["fat.p4.pt", "fat.p4.eta", "fat.p4.phi"]


@pytest.mark.parametrize("form", ["jet_{}_NOSYS", "recojet_antikt4_NOSYS_{}"])
def test_columns_without_systematics_of_cp_algorithms(dataset_of: Any, form: str) -> None:
    lists = {name: [[2.0 + k], [k, 3.0], []] * 30 for k, name in enumerate(("pt", "eta", "phi", "m", "Efficiency"))}
    columns: dict[str, object] = {form.format(name): values for name, values in lists.items()}
    columns |= {f"n{name}": np.arange(90) % 3 for name in columns}  # as uproot writes lists
    weights = ("weight_mc_GEN_MUR2", "weight_jvt__1up", "weight_jvt_NOSYS", "weight_mc_NOSYS")
    columns |= {name: np.linspace(1, last, 90) for last, name in enumerate(weights, start=2)}
    columns |= {"met_JER_1__1up": np.arange(90) % 11, "y": np.arange(90) % 2}
    content, result = guess_experiment(dataset_of(columns), "y", [], "e")
    name = "jet" if form.startswith("jet") else "recojet_antikt4"
    assert content["inputs"][name]["columns"] == [form.format(part) for part in ("pt", "eta", "phi", "m")]
    assert set(content["inputs"]) == {name, "features"}
    assert content["inputs"]["features"]["columns"] == [f"n{form.format('pt')}"]
    assert content["data"]["weight"] == "weight_mc_NOSYS"
    (note,) = [one.sentence for one in result if one.symptom == "factors of the weight"]
    assert "The event weight is weight_mc_NOSYS; weight_jvt_NOSYS may be factors of it" in note


def test_a_part_of_the_names_may_be_that_of_a_collection(dataset_of: Any) -> None:
    """As in ntuples of b tagging: the tracks and vertices of a jet; jet_raw_pt belongs to the same jets as jet_pt."""
    one, other = [[2.0], [1.0, 3.0], []] * 30, [[1.5, 2.5, 0.5], [1.0], [2.0]] * 30
    names = ("pt", "eta", "phi", "mass")
    columns = {f"jet_{stem}_{name}": lists for stem, lists in (("cpf", one), ("sv", other)) for name in names}
    columns |= {f"mu_{name}": one for name in names} | {
        f"mu_raw_{name}": [[9.0 * x for x in v] for v in one] for name in names
    }
    content, _ = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert list(content["inputs"]) == ["jet_cpf", "jet_sv", "mu"]
    assert content["inputs"]["jet_sv"]["columns"] == [f"jet_sv_{name}" for name in names]
    assert content["inputs"]["mu"]["four_vectors"]["columns"] == [f"mu_{name}" for name in names]


def test_a_collection_may_have_the_name_of_those_without_one(dataset_of: Any) -> None:
    lists = {f"constituents_{name}": [[2.0], [1.0, 3.0], []] * 30 for name in ("pt", "eta", "phi")}
    content, _ = guess_experiment(dataset_of(lists | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["inputs"]["constituents"]["basis"] == "pt,eta,phi,m"


def test_collections_that_were_added_to_a_known_layout_are_particles(dataset_of: Any) -> None:
    """As RDataFrame's Snapshot writes them beside the columns of NanoAOD, with copies where it writes an RNTuple."""
    lists = [[2.0], [1.0, 3.0], []] * 30
    columns = {"luminosityBlock": np.arange(90) % 7, **{f"goodJet_{name}": lists for name in ("pt", "eta", "phi")}}
    content, _ = guess_experiment(
        dataset_of(columns | {"_collection0.goodJet_pt": lists, "y": np.arange(90) % 2}), "y", [], "e"
    )
    assert content["inputs"]["goodJet"]["columns"][:3] == ["goodJet_pt", "goodJet_eta", "goodJet_phi"]
    assert list(content["inputs"]) == ["goodJet"]


def test_copies_among_the_numbers_of_particles_are_left_out(dataset_of: Any) -> None:
    lists = [[2.0], [1.0, 3.0], []] * 30
    columns = {f"mu_{name}": lists for name in ("pt", "eta", "phi", "rho")}
    columns |= {f"mu_{name}": [[one * one for one in row] for row in lists] for name in ("iso", "iso_corrected")}
    content, result = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["inputs"]["mu"]["numbers"]["features"]["columns"] == ["mu_iso"]
    assert "mu_rho (it equals mu_pt for every particle); mu_iso_corrected (it equals mu_iso" in result[0].evidence


def test_momenta_of_structures_are_four_vectors(dataset_of: Any) -> None:
    names = ("energy", "momentum.x", "momentum.y", "momentum.z", "charge")  # as podio writes them
    lists = {f"Reco.{name}": [[2.0 + k], [1.0, 3.0 + k], []] * 30 for k, name in enumerate(names)}
    content, _ = guess_experiment(dataset_of(lists | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["inputs"]["Reco"]["four_vectors"]["basis"] == "E,px,py,pz"


def test_the_weight_of_an_event_in_all_goes_before_that_of_its_generator(dataset_of: Any) -> None:
    weights = {name: np.linspace(1, 2, 90) for name in ("genHEPMCweight", "overallEventWeight", "PUWeight")}
    columns = {**weights, "LumiNumber": np.arange(90) % 7, "x": np.arange(90) % 5, "y": np.arange(90) % 2}
    content, _ = guess_experiment(dataset_of(columns), "y", [], "e")
    assert (content["data"]["weight"], content["data"]["identity"]) == ("overallEventWeight", ["LumiNumber"])
    assert content["inputs"]["features"]["columns"] == ["x"]


def test_names_may_begin_with_f(dataset_of: Any) -> None:
    """As in CMS' reduced files of H to four leptons."""
    names = ("f_eff_weight", "f_pu_weight", "f_weight")
    weights = {name: np.linspace(1, last, 90) for last, name in enumerate(names, start=2)}
    counts = {"f_run": np.arange(90) % 3, "f_lumi": np.arange(90) % 7, "f_event": np.arange(90) // 2}
    columns = {**weights, **counts, "f_mass4l": np.arange(90) % 11, "y": np.arange(90) % 2}
    columns |= {"copy_weight": weights["f_weight"], "btagSF_up": weights["f_eff_weight"], "nWeight": np.ones(90, int)}
    columns |= {"Weight_size": np.arange(90) % 4, "Jet_TauWeight_n": np.arange(90) % 5}
    content, result = guess_experiment(dataset_of(columns), "y", [], "e")
    (note,) = [one.sentence for one in result if one.symptom == "factors of the weight"]
    assert note.startswith(
        "The event weight is f_weight; f_eff_weight, f_pu_weight may be factors of it, by their names"
    )
    assert 'To multiply: data.weight: \'"f_weight" * "f_eff_weight"\', with every factor' in note
    assert (content["data"]["weight"], content["data"]["identity"]) == ("f_weight", ["f_run", "f_lumi", "f_event"])
    assert content["inputs"]["features"]["columns"] == ["f_mass4l"]


def test_numbers_in_percent_are_named(dataset_of: Any) -> None:
    columns = {"share": [f"{n / 2}%" for n in range(90)], "x": np.arange(90) % 7, "y": np.arange(90) % 2}
    _, result = guess_experiment(dataset_of(columns), "y", [], "e")
    expression = "{share_number: 'CAST(rtrim(\"share\", ''%'') AS DOUBLE)'}"
    assert f"its numbers end with %; to take them: data.derived: {expression}" in result[0].sentence


def test_numbers_of_the_event_in_a_group_of_their_own(dataset_of: Any) -> None:
    columns = {"event.weight": np.linspace(1, 2, 90), "event.run": np.arange(90) % 3, "jets.weight": np.arange(90) % 7}
    content, _ = guess_experiment(dataset_of({**columns, "x": np.arange(90) % 5, "y": np.arange(90) % 2}), "y", [], "e")
    assert (content["data"]["weight"], content["data"]["identity"]) == ("event.weight", ["event.run"])


@pytest.mark.parametrize("name", ["targets", "Y"])
def test_labels_of_one_hot_arrays_are_known_by_their_name(dataset_of: Any, name: str) -> None:
    label = np.arange(90) % 3
    columns = {"x": np.arange(90) % 7, "code": label * 5, name: np.eye(3)[label]}
    content, _ = guess_experiment(dataset_of(columns), None, [], "e")
    assert content["targets"][name]["classes"] == {"class_0": 0, "class_1": 1, "class_2": 2}
    assert content["inputs"]["features"]["columns"] == ["x"]


def test_the_first_of_several_event_weights_is_the_nominal_one(dataset_of: Any) -> None:
    columns = {"EventInfoAuxDyn.mcEventWeights": [[1.5, 1.0], [2.5]] * 45, "EventInfoAuxDyn.x": np.arange(90) / 7}
    content, _ = guess_experiment(dataset_of(columns | {"y": np.arange(90) % 2}), "y", [], "e")
    assert content["data"]["weight"] == "EventInfoAuxDyn_mcEventWeights"
    assert content["data"]["derived"] == {"EventInfoAuxDyn_mcEventWeights": '"EventInfoAuxDyn.mcEventWeights"[1]'}


def test_of_trees_with_variations_the_nominal_one_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "ntuple.h5", "w") as file:
        for name in ("JET_JES__1up", "nominal"):
            file[f"{name}/x"], file[f"{name}/y"] = np.arange(90) / 7, np.arange(90) % 2
    experiment = nw.check(nw.init(tmp_path / "ntuple.h5", output=tmp_path / "e.yaml").path).experiment
    assert experiment.data.key == "nominal"
