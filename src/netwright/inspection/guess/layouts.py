"""Layouts of files, recognised by the names of their columns: what is a particle, truth, identity or weight in each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = [
    "CATEGORY",
    "EVENT_TREES",
    "LABEL",
    "LAYOUTS",
    "PLAIN",
    "VECTORS",
    "Layout",
    "belongs_in_weight",
    "flavours_of",
    "has_events",
    "is_weight",
    "layout_of",
]

_WEIGHTS: Final = r"(?i:.*(weight|xwgtup).*)"
_TRUTH = "simulated truth, which recorded data lack"
_TRIGGER = "a decision of a trigger or filter"
_INDEX = "a place in another list"
_REPEATED = "what the main collections are made of, or repeat"
_TAGGER = "the output of another network"
_BOOKKEEPING = "bookkeeping of the run"
_VARIED = "a systematic uncertainty or variation"
_A_WEIGHT = "a weight"
_CORRECTION = "a correction of simulated events, which belongs in their weight"

_OF_ALL: Final = {
    r"(I3MC\w*|CorsikaWeightMap)\..*": _TRUTH,  # IceCube
    r"\w+\.(Run|Event|SubEvent(Stream)?|exists)|(.*\.)?time_(start|end)_(mjd|utc)\w*": _BOOKKEEPING,
    _WEIGHTS: _A_WEIGHT,
    r"(.*[._])?(hlt|Hlt|HLT|trig(ger)?|Trig(ger)?|TRIG(GER)?)\d?([A-Z._].*)?": _TRIGGER,  # trigE, lep_trigMatched
    r".*Decision(_\w+)?|(.*_)?(L0|Hlt\d)\w*_(Dec|T[IO]S)": _TRIGGER,  # LHCb
    r"(.*[._])?(?i:(scale|k)_?factors?|sf)([._].*)?": _CORRECTION,
    r"(?i:(mc_?)?channel_?number|dsid|data_?set_?id|(x_?|cross_?)sec(tion)?|sum_?(of_?)?w(eights?)?)": _BOOKKEEPING,
    r"(?i:.*prescale\w*)": _TRIGGER,
    r"(?i:pass(ed)?_?(trig(ger)?|hlt|l1)\w*)|\w*[mM]et_?Filters?|\w+Fired\w*Tri?gs?": _TRIGGER,
    r"(?i:wgt_\w+|\w+_re?wgt|w_(pu|pile_?up|b_?tag|sf|gen|mc|lumi|norm|trig\w*|jvt|xs\w*|pdf|prefir\w*))": _A_WEIGHT,
    r"(?i:(evt_)?(scale1fb|xs(ec)?(_?[pf]b)?)|(gen_?)?filter_?eff(iciency)?|n_?(gen_?)?(evts|events))": _BOOKKEEPING,
    r"(?i:evt_(k_?fact\w*|filt\w*|n_?ev\w*|dataset)|(sub_?event|run)_?id)": _BOOKKEEPING,
    r"(?i:is_?(data|mc|train|test)|(sample|process|proc|data_?set)_?(id|idx|index|number|name|type))": _BOOKKEEPING,
    r"\w+_syst": _VARIED,  # jet_pt_syst of ATLAS Open Data
    r"\w+__\d?(up|down)(_\w+)?": _VARIED,  # met_met_EG_SCALE_ALL__1up of ATLAS
    r"(?i:(.*([._\d]|pt|mass|phi|eta))?(jes|jer|jec|jm[rs]|unclust)\w*(up|down|dn))": _VARIED,  # Jet_pt_jesTotalUp
    r"(?!is|n)\w*[a-z]SF(_\w+)?|(?i:lumi_?(scale|norm\w*)|norm(ali[sz]ation)?_?factor)": _CORRECTION,
    r"(?i:\w+_sw|sw_(sig|bkg|back)\w*)": _A_WEIGHT,  # sPlot
    r"(?i:random_?run_?number|event_?random|random_?(number|seed)|obs_?id)": _BOOKKEEPING,
    r"(?i:bunch_?(crossing|id|number)|orbit(_?(number|id))?)": _BOOKKEEPING,
    r"(?i:gps_?time|time_?stamp|.*bcid|bc_?type|.*tck|polarity|event_?in_?sequence|(tot|n)_?candidates?)": _BOOKKEEPING,
    r"(?i:kaggle_?set|set|split|subset|part(ition)?|entry|seed|file_?(name|index|id))|__\w+__": _BOOKKEEPING,
    r"(?i:train_?test|k?_?fold(_?(id|index|number))?)": _BOOKKEEPING,
    r"\w+_TRACK_Key": _INDEX,
    r"(?i:((fj|(fat_?)?jet|cand(idate)?|event|evt|row|entry)_?)(no|nr|idx|index)|idx)": _BOOKKEEPING,
}
"""Columns that are no inputs in any layout, with the reason."""


@dataclass(frozen=True)
class Layout:
    """How one kind of file names its columns; patterns are regular expressions of whole names.

    Attributes:
        name: as people call it.
        mark: matches a column that only files of this layout have; where it has a group `collection`, there must be
            the transverse momentum of that collection too.
        particle: matches a column with one value for each particle; the groups are the `name` of the collection, if
            there is one, and that of the `member`.
        unnamed: name of a collection without one.
        unit: of energies and momenta.
        left_out: columns that are no inputs, with the reason; the rules for all layouts come on top.
        identity: columns that identify an event.
        weight: columns of the event weight.
        trees: names of the tree of events, where a file has several.
        flags: matches flag columns with one class each; the group `name` is the class.
        labels: by name, columns that hold the class, with names of the values.
    """

    name: str
    mark: str
    particle: str
    unnamed: str = "constituents"
    unit: Literal["GeV", "MeV"] = "GeV"
    left_out: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""
    weight: str = ""
    trees: tuple[str, ...] = ()
    flags: str = r"label_(?P<name>\w+)"
    labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def why_left_out(self, name: str) -> str | None:
        """Return why a column is no input in this layout.

        Args:
            name: of the column.

        Returns:
            The reason; None where the layout gives none.

        Example:
            >>> layout_of(["nJet", "Jet_pt"]).why_left_out("HLT_IsoMu24")
            'its name suggests a decision of a trigger or filter'
            >>> layout_of(["nJet", "Jet_pt"]).why_left_out("nTrigObj")
            'its name suggests a decision of a trigger or filter'
            >>> layout_of(["Jet.PT"]).why_left_out("n_Particle_PT")
            'its name suggests simulated truth, which recorded data lack'
        """
        rules = {**self.left_out, **_OF_ALL}
        counted = re.fullmatch(
            r"n_?(?P<of>[^_].*)", name
        )  # nX, or n_X_y as uproot writes it, counts the particles of X
        forms = (name, f"{counted['of']}_") if counted else (name,)
        reason = next(
            (why for pattern, why in rules.items() if any(re.fullmatch(pattern, form) for form in forms)), None
        )
        return None if reason is None else f"its name suggests {reason}"


def flavours_of(name: str) -> Mapping[int, str]:
    """Return the flavours that the numbers in a column stand for, identifiers of the Particle Data Group.

    Args:
        name: of the column.

    Returns:
        By number, the flavour of the heaviest hadron or τ in a jet, or of its parton; none for other columns.

    Example:
        >>> flavours_of("Jet_hadronFlavour")[0], flavours_of("Jet.Flavor")[21], flavours_of("Jet_pt")
        ('light', 'g', {})
    """
    if re.fullmatch(_OF_FLAVOUR, name):
        return _FLAVOURS
    return _PARTONS if re.fullmatch(_OF_PARTON, name) else {}


def belongs_in_weight(reason: str) -> bool:
    """Return whether a column is left out because it may be a factor of the event weight.

    Args:
        reason: from `Layout.why_left_out`.

    Returns:
        True for weights and corrections.

    Example:
        >>> [belongs_in_weight(PLAIN.why_left_out(name)) for name in ("puWeight", "btagSF", "isMC")]
        [True, True, False]
    """
    return is_weight(reason) or reason.endswith(_CORRECTION)


def is_weight(reason: str) -> bool:
    """Return whether a column is left out because it may be a weight.

    Args:
        reason: from `Layout.why_left_out`.

    Returns:
        True for weights.

    Example:
        >>> [is_weight(PLAIN.why_left_out(name)) for name in ("puWeight", "btagSF")]
        [True, False]
    """
    return reason.endswith(_A_WEIGHT)


_FLAVOURS: Final = {0: "light", 4: "c", 5: "b", 15: "tau"}  # PDG identifiers of the heaviest hadron, or of a τ

_QUARKS: Final = {1: "d", 2: "u", 3: "s", 4: "c", 5: "b", 6: "t"}
_PARTONS: Final = _QUARKS | {-number: f"anti_{name}" for number, name in _QUARKS.items()} | {0: "none", 21: "g"}

_OF_FLAVOUR: Final = r"(?:.*[._])?(?:hadronFlavou?r|HadronConeExclTruthLabelID|flavour_label)"
_OF_PARTON: Final = r"(?:.*[._])?(?:partonFlavou?r|Flavor)"

PLAIN: Final = Layout(
    name="columns",
    mark="",
    particle=r"(?:(?P<name>[^._]+)[._])?(?P<member>.+)",
    left_out={r"aux_.*|MC[a-z]\w*": _TRUTH, r"(?!hlth)(?i:trigger|hlt)\w*": _TRIGGER},
)
"""Files of no known layout."""

LAYOUTS: Final = (
    Layout(  # CMS, cms-nanoaod documentation: collections X_member with a counter nX
        name="NanoAOD",
        mark=r"n(?P<collection>[A-Z][A-Za-z0-9]*)|luminosityBlock",
        particle=r"(?P<name>[A-Z][A-Za-z0-9]*)[._](?P<member>\w+)",
        left_out={
            r"(HLTrigger|L1Reco)\w*|(HLT|L1(?!PreFiringWeight)\w*|Flag|DST|MC|AlCa|Dataset|TrigObj)_.*": _TRIGGER,
            r"(Pileup|FiducialMET|TauProd)_.*": _TRUTH,
            r".*[._]\w*[iI]dx\w*": _INDEX,
            r"\w+_\w*(MetUnclustEn|JER|JES|Unclustered|Scale|Sigma|scale|sigma)(Up|Down)\w*": _VARIED,
            r"(SubJet|SoftActivity\w*|CorrT1METJet|FsrPhoton|LowPtElectron|boostedTau|IsoTrack|OtherPV)_.*": _REPEATED,
            r"\w*PFCands?_.*": _REPEATED,
        },
        identity=r"run|luminosityBlock|event",
        weight=r"genWeight",
        trees=("Events",),
    ),
    Layout(  # ATLAS, one branch CONTAINERAuxDyn.member for each list; momenta in MeV
        name="PHYSLITE",
        mark=r"\w+Aux(Dyn)?\.\w+",
        particle=r"(?P<name>\w+?)Aux(Dyn)?\.(?P<member>\w+)",
        unit="MeV",
        left_out={
            r"EventInfoAux(Dyn)?[._]mc\w+": _TRUTH,
            r"EventInfoAux(Dyn)?[._](?i:timeStamp|\w*bcid|\w*lumiBlock|randomRun|pileUpMix|\w+flags)\w*": _BOOKKEEPING,
            r"index_ref": _BOOKKEEPING,
            r".*Link\w*|.*Index\w*": _INDEX,
            r"Trig.*": _TRIGGER,
            r"(?!Analysis|EventInfo|MET_)\w+Aux(Dyn)?\..*": _REPEATED,
        },
        identity=r"EventInfoAux(Dyn)?[._](run|event)Number",
        weight=r"EventInfoAux(Dyn)?[._]mcEventWeights?",
        trees=("CollectionTree",),
    ),
    Layout(  # ATLAS, TopCPToolkit and the like: member_NOSYS, or COLLECTION_NOSYS_member; others are varied
        name="ATLAS' CP algorithms",
        mark=r"\w+_NOSYS(_\w+)?",
        particle=r"(?P<name>\w+?(?=_NOSYS_)|[^._]+)_(NOSYS_)?(?P<member>\w+?)(_NOSYS)?",
        left_out={
            r"\w*[wW]eight\w*_GEN_\w+": _VARIED,
            r"\w+Efficiency(_NOSYS)?": _CORRECTION,
            r"HF_?(Simple)?Classification(_NOSYS)?|\w+_IFFClass(_NOSYS)?": _TRUTH,
        },
        identity=r"runNumber|eventNumber",
        weight=r"(weight_mc|generatorWeight|mcEventWeight)_NOSYS",
        trees=("reco", "analysis", "AnalysisMiniTree"),
    ),
    Layout(  # Delphes, classes/DelphesClasses.h: members COLLECTION.Member
        name="Delphes",
        mark=r"(Jet|Electron|Muon|Photon|MissingET)\.[A-Z]\w*",
        particle=r"(?P<name>[A-Z]\w*)\.(?P<member>[\w.]+)",
        left_out={
            r"Event[._](?!Number$|Weight$).*|EventLHEF[._].*|(Particle|Gen\w*)[._].*": _TRUTH,
            r"\w+[._]((Tau)?Flavor\w*|PID)": _TRUTH,
            r"(Track|Tower|EFlow\w*|Vertex|(ParticleFlow|Calo|Track)Jet\d+)\..*": _REPEATED,
            r".*\.(fUniqueID|fBits)|\w+\.(Particle|Constituents|Particles)(\..*)?": _INDEX,
        },
        identity=r"Event[._]Number",
        weight=r"Event[._]Weight",
        trees=("Delphes",),
    ),
    Layout(  # H. Qu, C. Li, S. Qian, arXiv:2202.03772
        name="JetClass",
        mark=r"part_(px|deta|d0val)",
        particle=r"(?P<name>part)_(?P<member>\w+)",
        left_out={r"aux_.*": _TRUTH},
        trees=("tree",),
    ),
    Layout(  # ATLAS flavour tagging: jets, and tracks in arrays of fixed size with a mask
        name="flavour tagging",
        mark=r"(jets\.)?(HadronConeExcl(Extended)?TruthLabelID|flavour_label)",
        particle=r"(?:(?P<name>\w+)\.)?(?P<member>\w+)",
        unnamed="tracks",
        unit="MeV",
        left_out={
            r"(.*[._])?(ftag|truth)\w*": _TRUTH,
            r"(.*[._])?\w+_p(b|c|s|u|ud|g|tau|top|qcd|h[a-z]+)": _TAGGER,
            r"(.*[._])?\w*(?i:fold_?(rank_?)?hash)": _BOOKKEEPING,
        },
        identity=r"(jets\.)?(mc)?[eE]ventNumber",
        trees=("/",),
        weight=r"(jets\.)?mcEventWeight",
        labels={
            f"{prefix}{name}": _FLAVOURS
            for name in (
                "HadronConeExclTruthLabelID",
                "flavour_label",
                "flavour",
                "HadronConeExclExtendedTruthLabelID",
            )
            for prefix in ("", "jets.")
        },
    ),
)
"""In the order in which they are tried."""

EVENT_TREES: Final = (*(tree for layout in LAYOUTS for tree in layout.trees), "nominal", "Nominal")
"""Trees with one entry for each event, where a file has others too, such as one for each systematic variation."""

CATEGORY: Final = r".*(?i:id|type|category|quality|origin)\d?"
"""Columns whose whole numbers name something rather than count."""

LABEL: Final = (
    r"(?i:((jet|fj|event|evt|true|truth)_?)?(labels?|class(es)?|targets?)(_?(id|idx|index|name))?"
    r"|y|is_?sig(nal)?|signal|type|process|is_?top)"
)
"""Names of a column that holds the class of a row."""

VECTORS: Final = (
    ("E,px,py,pz", (("e", "energy", "en"), ("px", "momentum.x"), ("py", "momentum.y"), ("pz", "momentum.z"))),
    ("pt,eta,phi,m", (("pt",), ("eta",), ("phi",), ("m", "mass"))),
    ("E,pt,eta,phi", (("e", "energy", "en"), ("pt",), ("eta",), ("phi",))),
)
"""Bases of four-vectors, with the names of their components in lower case."""


def layout_of(names: Iterable[str]) -> Layout:
    """Return the layout of a file.

    Args:
        names: of its columns.

    Returns:
        The first layout that recognises a column; `PLAIN` if none does.

    Example:
        >>> layout_of(["Event.Weight", "Jet.PT"]).name, layout_of(["a"]).name
        ('Delphes', 'columns')
        >>> layout_of(["nJet", "Jet_pt"]).name, layout_of(["nJet", "jet_pt"]).name
        ('NanoAOD', 'columns')
    """
    names = list(names)
    return next((layout for layout in LAYOUTS if any(_is_marked(layout, name, names) for name in names)), PLAIN)


def _is_marked(layout: Layout, name: str, names: Sequence[str]) -> bool:
    """Return whether a column of a file shows that it has a layout."""
    match = re.fullmatch(layout.mark, name)
    collection = None if match is None else match.groupdict().get("collection")
    return match is not None and (collection is None or f"{collection}_pt" in names or f"{collection}.pt" in names)


def has_events(tree: str, names: Iterable[str]) -> bool:
    """Return whether a table of a file holds the events, so that the others need not be read.

    Args:
        tree: one of `EVENT_TREES`.
        names: of its columns.

    Returns:
        True for a tree of that name; for the root of an HDF5 file, which every such file has, only where the columns
        are of the layout.

    Example:
        >>> has_events("Events", ["x"]), has_events("/", ["x"]), has_events("/", ["flavour_label", "d0"])
        (True, False, True)
    """
    return tree != "/" or tree in layout_of(names).trees
