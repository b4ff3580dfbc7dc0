"""Files of a run at another place: those of its data, samples, variations and friends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any

from netwright.config import DataSection, SampleSection
from netwright.data import content_of, local_files
from netwright.errors import DataError
from netwright.lab import Run
from netwright.readers import Files

__all__ = ["Owner", "files_now", "owners_of_files", "samples_now", "samples_of_files"]

Owner = tuple[str, str]
"""A sample and its variation; both are empty for a file of none."""


def files_now(data: DataSection, new_files: Sequence[Path]) -> dict[str, object]:
    """Assign files to the data of an experiment without samples and to its friends, by name.

    Args:
        data: the section of the files.
        new_files: files at their current location.

    Returns:
        The keys files and friends of the section. A friend of which no file was found keeps its own.
    """

    def named(path: Path, files: Sequence[str]) -> bool:
        return any(fnmatch(path.name, PurePath(file).name) for file in files)

    of_friends = [
        [p for p in new_files if named(p, friend.files) and not named(p, data.files)] for friend in data.friends
    ]
    remaining = [path for path in new_files if not any(path in paths for paths in of_friends)]
    friends = [
        friend.model_copy(update={"files": [str(path.resolve()) for path in paths]}) if paths else friend
        for friend, paths in zip(data.friends, of_friends, strict=True)
    ]
    return {"files": [str(path.resolve()) for path in remaining], "friends": friends}


def owners_of_files(run: Run, data: DataSection, paths: Sequence[Path]) -> list[Owner]:
    """Find the sample and variation of each file: by its place, or else by content or name.

    Args:
        run: the run, whose ``split.json`` has the content of each file.
        data: the section of its samples.
        paths: the files.

    Returns:
        For each file its sample, and the variation of which it is a file of its own; empty for a file of no sample.

    Raises:
        DataError: a file is of several samples.
    """
    by_place: dict[Path, set[Owner]] = {}
    for owner, files in _named(data).items():
        for path in _there(files):
            by_place.setdefault(path.resolve(), set()).add(owner)
    records = run.read_json("split.json")["data"]["files"]
    owner_of_paths = []
    for path in paths:
        owners = by_place.get(path.resolve()) or _by_content_or_name(data, records, path)
        if len(owners) > 1:
            msg = (
                f"{path}: may be of several samples of {run.path} ({_listed(owners)}). Say which: NAME={path.name}, or "
                "score all samples of the run by naming no files."
            )
            raise DataError(msg)
        owner_of_paths.append(next(iter(owners), ("", "")))
    return owner_of_paths


def samples_of_files(run: Run, data: DataSection, files: Files | Mapping[str, Files]) -> dict[str, SampleSection]:
    """Assign other files to the samples of a run: as named, or by content or name.

    Args:
        run: the run.
        data: the section of its samples.
        files: the files; by sample, or those that are recognised as files of one.

    Returns:
        The samples that the files are of, with these files.

    Raises:
        DataError: there is no such sample or file, a file belongs to none or several, or is of recorded collisions or
            of a variation.
    """
    if isinstance(files, Mapping):
        named = {name: local_files(of_sample) for name, of_sample in files.items()}
    else:
        named = {}
        records = run.read_json("split.json")["data"]["files"]
        for path in local_files(files):
            name, variation = _owner(run, data, records, path)
            if variation:
                msg = f"{path}: belongs to the variation {variation} of the sample {name}. Name nominal files."
                raise DataError(msg)
            named.setdefault(name, []).append(path)
    for name in named:
        if name not in data.simulated:
            reason = "recorded, and has no class" if name in data.samples else "not one of them"
            msg = f"{name}: samples of {run.path} are {', '.join(data.simulated)}; {name} is {reason}."
            raise DataError(msg)
    return {
        name: data.samples[name].model_copy(update={"files": [str(path.resolve()) for path in paths]})
        for name, paths in named.items()
    }


def samples_now(run: Run, data: DataSection, new_files: Sequence[Path]) -> dict[str, SampleSection]:
    """Assign files to the samples of a run: by content, or else by name.

    Args:
        run: the run, whose ``split.json`` has the content and name of each file.
        data: the section of its samples.
        new_files: files at their current location.

    Returns:
        The samples with these files. Recorded samples and variations of which no file was found keep theirs.

    Raises:
        DataError: a file belongs to no sample, or by its name to several; or a sample is left without files.
    """
    records = run.read_json("split.json")["data"]["files"]
    files: dict[str, list[str]] = {name: [] for name in data.samples}
    varied: dict[str, dict[str, list[str]]] = {name: {} for name in data.samples}
    for path in new_files:
        name, variation = _owner(run, data, records, path)
        of_place = varied[name].setdefault(variation, []) if variation else files[name]
        of_place.append(str(path.resolve()))
    empty = [name for name in data.simulated if not files[name]]
    if empty:
        msg = (
            f"none of the files belongs to the sample {empty[0]} of {run.path}. Name a folder with the files of all "
            "its samples."
        )
        raise DataError(msg)
    return {name: _moved(data, name, files[name], varied[name]) for name in data.samples}


def _owner(run: Run, data: DataSection, records: Sequence[Mapping[str, Any]], path: Path) -> Owner:
    """Return the sample of a file, and the variation whose file it is, if it is one."""
    owners = _by_content_or_name(data, records, path)
    if len(owners) == 1:
        return owners.pop()
    reason = f"its name belongs to several samples ({_listed(owners)}), its content to none" if owners else (
        "is none of its files, by content and by name"
    )  # fmt: skip
    msg = (
        f"{path}: cannot be assigned to a sample of {run.path}: {reason}. Name only the files of its samples; for "
        "evaluate, NAME=FILES names the sample of the files."
    )
    raise DataError(msg)


def _by_content_or_name(data: DataSection, records: Sequence[Mapping[str, Any]], path: Path) -> set[Owner]:
    """Return the owners of the file with the same content, or else of files with such a name."""
    content = content_of(path)
    owners = {(str(record["sample"]), "") for record in records if record["sha256"] == content}
    return owners or {
        owner for owner, files in _named(data).items() if any(fnmatch(path.name, PurePath(f).name) for f in files)
    }


def _named(data: DataSection) -> dict[Owner, Sequence[str]]:
    """Return the files of every sample, and of each variation that has files of its own."""
    named: dict[Owner, Sequence[str]] = {(name, ""): sample.files for name, sample in data.samples.items()}
    for name in data.simulated:
        variations = data.variations | data.samples[name].variations
        named |= {(name, variation): section.files for variation, section in variations.items()}
    return named


def _there(files: Sequence[str]) -> list[Path]:
    """Return files that are named; none if they are not there any more."""
    try:
        return local_files(list(files)) if files else []
    except DataError:
        return []


def _listed(owners: Iterable[Owner]) -> str:
    return ", ".join(" ".join(owner).strip() for owner in sorted(owners))


def _moved(data: DataSection, name: str, files: list[str], varied: Mapping[str, list[str]]) -> SampleSection:
    sample = data.samples[name]
    all_variations = data.variations | sample.variations
    variations = {
        variation: all_variations[variation].model_copy(update={"files": paths}) for variation, paths in varied.items()
    }
    return sample.model_copy(update={"files": files or sample.files, "variations": {**sample.variations, **variations}})
