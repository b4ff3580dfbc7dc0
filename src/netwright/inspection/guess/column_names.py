"""What the name of a column tells about its use: identity, weight, or not an input at all; and names in SQL."""

from __future__ import annotations

import re

__all__ = [
    "IDENTITY_NAME",
    "OF_EVENT",
    "OF_NETWORK",
    "WEIGHT_NAME",
    "WHOLE_WEIGHT",
    "is_truth",
    "why_no_input",
    "why_not_measured",
]

_OWNER = r"((events?|evt|(event_?)?info|meta(data)?|i3eventheader)\.)?"  # group or record with numbers of the event
IDENTITY_NAME = re.compile(
    rf"^{_OWNER}(f_?)?(run|run_?(no|num(ber)?)|lumis?|lumi_?(number|sec(tion)?|block(_?num(ber)?)?)|luminosityblock|lbn|ls"
    r"|event|(event|evt)_?(no|nr|num(ber)?|id)|evt|jet_?id"
    r"|__(experiment|run|event)__)$",  # Belle II
    re.IGNORECASE,
)
_PRODUCT = r"total|overall|full|final|nominal|nom"
_OF_EVENT = rf"{_PRODUCT}|event|evt|gen|hepmc|sample|mc"
WEIGHT_NAME = re.compile(
    rf"^{_OWNER}(f_)?((?-i:w)|wgh?t|weights?|(({_OF_EVENT})_?)+(weights?|wgt)|weights?(_?({_OF_EVENT}))+|__weight__)$",
    re.IGNORECASE,
)
OF_EVENT = re.compile(rf"({_OF_EVENT})", re.IGNORECASE)
"""Found in the names of weights that can only be those of events: mcWeight."""
WHOLE_WEIGHT = re.compile(rf".*({_PRODUCT}).*", re.IGNORECASE)
"""Among the names of weights, those of the product of all that an event has."""

_BOOKKEEPING = re.compile(r"^(index|level_0|ttv|Unnamed: \d+)$")
_LABEL = re.compile(
    r"^(label.*|is_.*|is_?sig|(?-i:(fj|sample)_is[A-Z]\w*)|.*_label([A-Z]\w*)?|target.*|score_.*|(.*_)?is(not)?(signal|background|bkg|continuum)\w*)$",
    re.IGNORECASE,
)
_TRUTH = re.compile(
    r"truth|Truth|TRUTH"  # anywhere, as in HadronConeExclTruthLabelID
    r"|(^|[._])true|(^|[._a-z])True([A-Z._]|$)|(^|[._])TRUE"  # true_mass, jet_trueflav, Pileup_nTrueInt, mu1_TRUEID
    r"|(^|[._a-z])Gen([A-Z._]|$)|(^|[._])gen([A-Z._]|$)|^Generator_|^GEN_"  # nGenPart, SubGenJetAK8_pt, Jet_genJetIdx
    r"|(^|[._])n?gen(res|part|jet|had|lep|met|tau|mu|el|nu|top|higgs|boson|vis|ps|pt|eta|phi|mass)[a-z]*\d*([._]|$)"
    r"|(?i:gen_?(jet|part|had|lep)_?(pt|eta|phi|m|mass|e|en|id|idx|flav\w*|d_?r)$)|P4Smear"  # ak4genjetpt, jetP4Smear
    r"|(?i:(^|[._])mc_?(pt|eta|phi|m|mass|e|en|et|p[xyz]|p?id|v[xyz]|g?mom\w*|parentage|status\w*)$)|[a-z]MC$"  # qrMC
    r"|(?i:(^|[._])match(ed)?_?d_?r(_|$))"  # fjet_match_dR, to the true particle
    r"|^n?(LHE|lhe|HTXS|PSWeight)|^Particle\.|(?i:(^|[._])(n(um)?_?)?partons?(_?match\w*)?([._]|$))|(?i:(^|[._])(e(nergy)?|pt|m(ass)?)_?true$)"
    r"|(?i:(parton|hadron)_?flavou?r|jet_?flav(ou?r)?$|n(um)?_?[bc]_?hadrons)"  # Jet_partonFlavour
    r"|(^|[._])is(Jvt)?(HS|PU|HardScatter|Pile_?[uU]p)|(?i:^mc_?flag$)"  # whether a jet is of the hard scatter
    r"|(^|[._])is_?[pP]rompt|(^|[._])[bcBC]_?[hH]adron|[a-z][BC]Hadron"  # lep_isPrompt, leadingBHadronPt
    r"|Ghost\w*(Hadrons|Bosons|Partons|Quarks|Taus)"  # GhostBHadronsFinalCount
    r"|(?i:^(n_?)?(true|obs)_?(int|pu)\w*|^n_?pu(_?(true|obs))?$)"  # NTrueInt: simulated collisions of a crossing
    r"|(?i:^pu_?(n(um)?_?int|true)\w*)"  # puNumInteractions, puTrue
    r"|(^|[._])f?n?(mc|Mc|MC)([A-Z_]|$)|_MC_|Mc(Rec|Gen|Match)|(?i:_bkg_?cat)"  # mu_mcPDG, B0_MC_MOTHER_ID, fMCPt
    r"|(?i:^(in_?ice_?)?primary(_?neutrino)?(_?(type|energy|mass|zenith|azimuth|pdg|id))?$|^interaction_?type$|^nugen)"
    r"|(^|[._])sim[A-Z_]|_sim$|^E_?sim$|(?i:(mother|parent|ancestor|hadron)_?id|is_?from_?[wzhtb]|isr_?match)"
    r"|(?i:parton_?id|had_?fla?v((ou?)?r)?|hadron_?origin|^pt_?hat|^q_?scale$|^n?pdfs?$|pdf_?info)"  # pthat
)
_PARTICLE = re.compile(r"pdg_?id|(^|[._])pdg$", re.IGNORECASE)
_LEPTON = re.compile(  # what a reconstructed one was taken for: Muon_pdgId, f_lept1_pdgid
    r"(^|[._])(l|lep(t(on)?)?|el(e|ec|ectron)?|mu(on)?|tau|pho(ton)?)s?\d*[._]?pdg_?id$", re.IGNORECASE
)
OF_NETWORK = re.compile(r"[._](btag|ctag|particleNet|qgl|([ir](d|aw))?[dD]eep[A-Z]|U?ParT|RobustParT|PNet|GN\d|DL1)\w*")
"""Found in the names of numbers that experiments' own networks give jets, taus and so on."""
_ANSWER = re.compile(
    r"(^|[._])(mock|scores?|tagger)([._]|$)|sig(nal)?_?prob(ability)?(_|$)|^((b|n)nt?|bdt|mva|dnn|gnn|xgb)_?(out(put)?|response|prob\w*|disc\w*)$"
    r"|(?-i:^(BDT[GDFB]?|MLP(BNN)?|DNN(_\w+)?|Fisher[A-Z]?|Likelihood[A-Z]*|PDERS|KNN|SVM|Cuts[A-Z]*)$)",  # TMVA
    re.IGNORECASE,
)


def is_truth(name: str) -> bool:
    """Return whether a column holds simulated truth, as far as its name tells.

    Args:
        name: of the column.

    Returns:
        True for what recorded data lack, such as the momentum before the detector.

    Example:
        >>> [is_truth(name) for name in ("GenMET_pt", "MET_pt")]
        [True, False]
    """
    if _TRUTH.search(name):
        return True
    return _PARTICLE.search(name) is not None and not _LEPTON.search(name)


def why_no_input(name: str) -> str | None:
    """Return why a column should not be an input, as far as its name tells.

    Args:
        name: of the column.

    Returns:
        The reason; None where the name gives none. The b-tag of a jet, for example, exists in recorded data too.

    Example:
        >>> why_no_input("GenJet_pt")
        'its name suggests simulated truth, which recorded data lack'
        >>> why_no_input("Jet_btagDeepFlavB") is None
        True
    """
    if _ANSWER.search(name):
        return "its name suggests the output of another network"
    return why_not_measured(name)


def why_not_measured(name: str) -> str | None:
    """Return why a column was not measured, as far as its name tells.

    Args:
        name: of the column.

    Returns:
        The reason; None where the name gives none.

    Example:
        >>> why_not_measured("index")
        'its name suggests the order of rows'
    """
    if is_truth(name):
        return "its name suggests simulated truth, which recorded data lack"
    if _LABEL.match(name):
        return "its name suggests a label"
    return "its name suggests the order of rows" if _BOOKKEEPING.match(name) else None
