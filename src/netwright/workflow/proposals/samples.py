"""Samples and classes from the names of files: what `netwright init` writes for files without a label."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from netwright.config import EVENT_WEIGHT, SAMPLE
from netwright.errors import ExperimentError
from netwright.finding import Finding
from netwright.inspection import LABEL
from netwright.workflow.proposals.split import parts_of_files, stem_of_part

__all__ = ["NamedSamples", "samples_of_classes", "samples_of_files", "samples_of_tables"]

_SIGNAL = re.compile(r"(^|_)(sig|signal)|^(?-i:TreeS)$", re.IGNORECASE)  # TreeS and TreeB: TMVA's names
_BACKGROUND = re.compile(r"(^|_)(bkg|bg|background)|^(?-i:TreeB)$", re.IGNORECASE)
_QCD = re.compile(r"(^|_)(qcd|dijets?|multijets?)(_|$)", re.IGNORECASE)  # hardly a signal
_RECORDED = re.compile(  # data15_periodD, data2018, SingleMuon_Run2016B; not TTJets_Run2017
    r"^((.*_)?data((20)?[12]\d[a-z]?)?|recorded|run20\d\d\w?|.*_run20\d\d[a-z])(_|$)", re.IGNORECASE
)


_ENDING = re.compile(r"(\._\d+)?(\.pool)?\.root(\.\d+)?$|\.\w+$")  # ._000001.pool.root.1: of a grid job of ATLAS
_NUMBER = re.compile(r"(?:mc_?|n_)?\d+", re.IGNORECASE)  # mc_345060.ggH125_ZZ4lep.4lep.root: the words follow
_KEYED = re.compile(r"(?P<key>\w+)=(?P<value>.+)")  # class=signal: a folder of Hive


@dataclass(frozen=True)
class NamedSamples:
    """Files by sample, and samples by class.

    Attributes:
        files: of each sample.
        classes: samples of each class; the signal is the last of two.
        signal: the class that is the signal.
        why: the reason why it is the signal, as the end of a sentence.
        recorded: samples of recorded collisions, which have no class.
        keys: by sample, the table of its files, where they hold those of several samples.
    """

    files: Mapping[str, list[str]]
    classes: Mapping[str, list[str]]
    signal: str
    why: str
    recorded: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def sections(self) -> dict[str, dict[str, Any]]:
        """The samples, as an experiment file has them."""
        return {
            name: {"files": files}
            | ({"key": self.keys[name]} if name in self.keys else {})
            | ({"recorded": True} if name in self.recorded else {})
            for name, files in self.files.items()
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of samples that are no inputs."""
        return SAMPLE, EVENT_WEIGHT

    @property
    def head(self) -> dict[str, Any]:
        """The head that tells the classes apart, as an experiment file has it."""
        classes = {name: samples[0] if len(samples) == 1 else samples for name, samples in self.classes.items()}
        kind = "binary" if len(classes) == 2 else "multiclass"
        section = {"kind": kind, "column": SAMPLE, "classes": classes, "signal": self.signal}
        return section | {"balance": "weights"}

    def findings(self) -> Iterator[Finding]:
        """Yield what was assumed about the samples."""
        samples = "; ".join(f"{name}: {', '.join(one)}" for name, one in self.classes.items())
        recorded = f" Recorded collisions, which are only scored: {', '.join(self.recorded)}." if self.recorded else ""
        yield Finding(
            "signal class",
            "NOTE",
            f"Classes of samples are {samples}. {self.signal} is taken as the signal, {self.why}.{recorded}",
            remedy="To read one table alone: --key NAME."
            if self.keys
            else "To choose the classes: netwright init --classes NAME=FILES OTHER=FILES.",
            see="docs/reading.md",
        )


def samples_of_files(files: Sequence[str]) -> NamedSamples:
    """Return one sample for each file or pattern, and classes by their names.

    Files that are named as parts of the same data belong to one sample: QCD_train.h5, QCD_test.h5.

    If a name says signal or background, there are these two classes; otherwise each sample is a class, and the first
    that is not called QCD is the signal.

    Args:
        files: paths, patterns or URLs.

    Returns:
        The samples and classes.

    Raises:
        ExperimentError: fewer than two of them can be classes.

    Example:
        >>> samples_of_files(["ttbar_signal.root", "qcd.root", "w.root"]).classes
        {'background': ['qcd', 'w'], 'ttbar_signal': ['ttbar_signal']}
        >>> samples_of_files(["QCD_train.h5", "top_train.h5", "QCD_test.h5", "top_test.h5"]).files["top"]
        ['top_train.h5', 'top_test.h5']
    """
    named: dict[str, list[str]] = {}
    if parts_of_files(files):
        for file in files:
            named.setdefault(_name_of(stem_of_part(file)), []).append(file)
    else:
        named = _by_name(files)
    recorded = tuple(name for name in named if _RECORDED.search(name))
    simulated = [name for name in named if name not in recorded]
    if len(simulated) < 2:
        beside = f", of which {', '.join(recorded)} is taken as recorded data by its name" if recorded else ""
        msg = (
            f"two or more files of simulated samples are needed for classes, received {', '.join(files)}{beside}. Name "
            "the files of each class, --classes signal=a.root background=b.root (recorded data may be one), or the "
            "column of the class with --target."
        )
        raise ExperimentError(msg)
    signals = [name for name in simulated if _SIGNAL.search(name)]
    if not signals and any(_BACKGROUND.search(name) for name in simulated):
        signals = [name for name in simulated if not _BACKGROUND.search(name)]
    if 0 < len(signals) < len(simulated):
        others = [name for name in simulated if name not in signals]
        classes = {_class_name("background", others): others, _class_name("signal", signals): signals}
        return NamedSamples(named, classes, list(classes)[1], "by the names of the files", recorded)
    first = next((name for name in simulated if not _QCD.search(name)), simulated[0])
    reason = "because its file is the first" + (" that is not of QCD" if first != simulated[0] else "")
    others = [name for name in simulated if name != first]
    return NamedSamples(named, {name: [name] for name in (*others, first)}, first, reason, recorded)


def _by_name(files: Sequence[str]) -> dict[str, list[str]]:
    """Return files by the name of a sample: that of the file, or of its folder where this says more.

    It does where files of several folders have the same names, apart from numbers: signal/o_1.root, signal/o_2.root,
    background/o_1.root, as a shell writes them out. Folders such as class=signal or is_signal=1 are classes.
    """
    labels = [_label_of(file) for file in files]
    if all(labels) and len(set(labels)) > 1:
        return {label: [file for file, own in zip(files, labels, strict=True) if own == label] for label in labels}
    folders: dict[str, list[str]] = {}
    for file in files:
        folders.setdefault(str(PurePosixPath(file).parent), []).append(file)
    numbered = all(len({re.sub(r"\d+", "", _name_of(file)) for file in inside}) == 1 for inside in folders.values())
    if 1 < len(folders) < len(files) and numbered:
        return dict(zip(_names(list(folders)), folders.values(), strict=True))
    return {name: [file] for name, file in zip(_names(files), files, strict=True)}


def _names(files: Sequence[str]) -> list[str]:
    """Return a name for each of some files or folders: the first words that differ, or else with a number."""
    for name_of in (_name_of, _whole_name_of, _folder_of):
        names = [name_of(file) for file in files]
        says_little = name_of is _name_of and any(map(_NUMBER.fullmatch, names))
        if len(set(names)) == len(names) and "files" not in names and not says_little:
            return names
    once: list[str] = []
    for file in files:
        once.append(_free(_name_of(file), once))
    return once


def samples_of_tables(file: str, keys: Sequence[str]) -> NamedSamples:
    """Return one sample for each of some tables of a file, and classes by their names, as of files.

    Args:
        file: a path, pattern or URL.
        keys: of the tables.

    Returns:
        The samples and classes.

    Raises:
        ExperimentError: fewer than two of them can be classes.

    Example:
        >>> samples_of_tables("events.root", ["TreeB", "TreeS"]).sections["TreeS"]
        {'files': ['events.root'], 'key': 'TreeS'}
        >>> samples_of_tables("events.root", ["TreeB", "TreeS"]).signal
        'TreeS'
    """
    samples = samples_of_files([key.strip("/").replace("/", "_") for key in keys])
    reason = samples.why.replace("files", "tables").replace("its file", "its table")
    keyed = dict(zip(samples.files, keys, strict=True))
    return replace(samples, files={name: [file] for name in samples.files}, why=reason, keys=keyed)


def samples_of_classes(classes: Mapping[str, Sequence[str]]) -> NamedSamples:
    """Return samples by class, one for each file or pattern.

    Args:
        classes: paths, patterns or URLs by class.

    Returns:
        The samples; the class called signal is the signal, or else the first.

    Raises:
        ExperimentError: there are fewer than two classes, a name is not one, or a class has no files.

    Example:
        >>> samples_of_classes({"signal": ["a*.root"], "background": ["b.root", "c.root"]}).classes
        {'background': ['background_b', 'background_c'], 'signal': ['signal']}
    """
    if len(classes) < 2:
        msg = f"classes: there must be two or more, received {', '.join(classes) or 'none'}. Write NAME=FILES for each."
        raise ExperimentError(msg)
    samples: dict[str, list[str]] = {}
    samples_of_class: dict[str, list[str]] = {}
    for name, files in classes.items():
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            msg = f"classes: a class is NAME=FILES with letters, digits and _ in its name, received {name!r}"
            raise ExperimentError(msg)
        if not files:
            msg = f"classes: the class {name} has no files. Write {name}=FILES."
            raise ExperimentError(msg)
        for file in files:
            sample = _free(name if len(files) == 1 else f"{name}_{_name_of(file)}", samples)
            samples[sample] = [file]
            samples_of_class.setdefault(name, []).append(sample)
    signal = next((name for name in samples_of_class if _SIGNAL.search(name)), None)
    reason = "because its class is the first" if signal is None else "by its name"
    signal = signal or next(iter(samples_of_class))
    ordered = {name: names for name, names in samples_of_class.items() if name != signal} | {
        signal: samples_of_class[signal]
    }
    return NamedSamples(samples, ordered, signal, reason)


def _class_name(name: str, samples: Sequence[str]) -> str:
    """Return the name of the only sample, or that of the class."""
    return samples[0] if len(samples) == 1 else name


def _name_of(file: str) -> str:
    """Return a name for the files of a path, pattern or URL."""
    return _as_name(Path(file.rstrip("/")).name.partition(".")[0])


def _label_of(file: str) -> str:
    """Return the class of a file in a folder such as class=signal or is_signal=1; empty if it is in none."""
    parts = [_KEYED.fullmatch(part) for part in PurePosixPath(file).parts]
    for match in [match for match in parts if match is not None and re.fullmatch(LABEL, match["key"])]:
        flag = {"0": "background", "false": "background", "1": "signal", "true": "signal"}
        return flag.get(match["value"].lower(), "") or _as_name(match[0])
    return ""


def _whole_name_of(file: str) -> str:
    """Return a name with all parts of a file's but its ending."""
    return _as_name(_ENDING.sub("", Path(file.rstrip("/")).name))


def _folder_of(file: str) -> str:
    """Return a name for the folder of a file."""
    return _as_name(PurePosixPath(file.rstrip("/")).parent.name)


def _as_name(text: str) -> str:
    match = _KEYED.fullmatch(text)
    text = match["value"] if match and match["value"][0].isalpha() else text
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "files"
    return name if name[0].isalpha() else f"n_{name}"


def _free(name: str, taken: Collection[str]) -> str:
    return name if name not in taken else f"{name}_{len(taken) + 1}"
