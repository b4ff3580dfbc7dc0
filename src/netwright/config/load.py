"""Reading an experiment file: YAML, overrides, and all mistakes at once, each with its path in the file."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from netwright.config._keys import key_paths
from netwright.config._kinds import Kinds
from netwright.config._text import read_text
from netwright.config._yaml import parse_yaml, write_yaml
from netwright.config.data import with_files
from netwright.config.experiment import RUN_NAME_PATTERN, Experiment
from netwright.config.split import with_split_files
from netwright.errors import DataError, ExperimentError, did_you_mean
from netwright.file_names import check_url, from_folder, is_url
from netwright.section import NAME_PATTERN
from netwright.tasks import TargetSection, task_kinds, task_named

__all__ = ["dump_experiment", "is_experiment_file", "load_experiment", "parse_experiment"]

_TYPES = {"str", "bool", "constrained-int"}  # added by pydantic to the path of a value with several types
_PLACES = 3  # valid paths of a key listed in a message
_SHOWN = 200  # characters of a value shown in a message
_IN_WORDS = {
    NAME_PATTERN: "Input should be a name of letters, digits and _ that begins with a letter",
    RUN_NAME_PATTERN: "Input should be letters, digits, '.', '_' and '-', the first a letter or digit",
}


def is_experiment_file(path: Path) -> bool:
    """Return whether a path is meant as an experiment file, and not as the directory of a run.

    Args:
        path: it need not exist.

    Returns:
        True for files, and for names that end as those of YAML do.

    Example:
        >>> is_experiment_file(Path("jets.yaml")), is_experiment_file(Path("runs/jets"))
        (True, False)
    """
    return path.is_file() or path.suffix.lower() in {".yaml", ".yml"}


def load_experiment(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read an experiment file.

    Args:
        path: a YAML file.
        overrides: changes of single values in the form ``training.epochs=5``; the value is read as YAML.

    Returns:
        The experiment, with every default filled in and relative files resolved against the file's folder.

    Raises:
        ExperimentError: the file cannot be read, is not YAML, or is not valid; all mistakes are reported at once.
    """
    given: object = path
    if not isinstance(given, str | Path):
        msg = (
            f"experiment: the path of an experiment file is expected. Received: {type(given).__name__}. For a mapping "
            "with the same keys, use netwright.parse_experiment."
        )
        raise ExperimentError(msg)
    path = Path(path)
    try:
        text = read_text(path)
        content = parse_yaml(text)
    except yaml.YAMLError as error:
        msg = f"{path}: not valid YAML: {error}"
        raise ExperimentError(msg) from error
    if not isinstance(content, dict):
        msg = (
            f"{path}: an experiment file is a mapping of sections (data, inputs, targets ...), got {_shown(content)}. "
            "Write one with: netwright init FILES --target NAME"
        )
        raise ExperimentError(msg)
    for override in overrides:
        _apply(content, override)
    return parse_experiment(content, folder=path.parent, source=str(path))


def parse_experiment(
    content: Mapping[str, Any], *, folder: Path | None = None, source: str = "experiment"
) -> Experiment:
    """Check the content of an experiment file.

    Args:
        content: content of the file as nested mappings.
        folder: folder that relative files are resolved against; the working directory if not given.
        source: name of the file in messages.

    Returns:
        The experiment.

    Raises:
        ExperimentError: the content is not valid; all mistakes are reported at once.
    """
    try:
        experiment = Experiment.model_validate(dict(content))
    except ValidationError as error:
        mistakes = _mistakes(error, content)
        msg = "\n  ".join([f"{source}: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", *mistakes])
        raise ExperimentError(msg) from error
    base = (folder or Path()).resolve()

    def resolved(files: list[str]) -> list[str]:
        return [_resolved(file, base) for file in files]

    paths = {"data": with_files(experiment.data, resolved), "split": with_split_files(experiment.split, resolved)}
    return experiment.model_copy(update=paths)


def dump_experiment(experiment: Experiment) -> str:
    """Write an experiment as YAML, including all defaults.

    Args:
        experiment: the experiment to write.

    Returns:
        Text that `load_experiment` reads back to an equal experiment.
    """
    return write_yaml(experiment.model_dump(mode="json"))


def _resolved(file: str, folder: Path) -> str:
    """Resolve a path, pattern or list against a folder, and refuse a URL that a run must not keep."""
    if is_url(file):
        try:
            check_url(file)
        except DataError as error:
            raise ExperimentError(str(error)) from error
    return from_folder(file, folder)


def _apply(content: dict[str, Any], override: str) -> None:
    """Set the value that ``a.b=c`` names, in place."""
    path, separator, value = override.partition("=")
    override = override[:_SHOWN]
    keys = path.split(".")
    if not separator or not all(keys):
        msg = f'--set {override}: expected SECTION.KEY=VALUE, for example training.epochs=5, got "{override}"'
        raise ExperimentError(msg)
    mapping = content
    for key in keys[:-1]:
        if mapping.get(key) is None:  # missing, or a key without a value
            mapping[key] = {}
        mapping = mapping[key]
        if not isinstance(mapping, dict):
            msg = f'--set {override}: "{key}" is a value and has no keys below it. Set it as a whole: {key}=VALUE'
            raise ExperimentError(msg)
    try:
        mapping[keys[-1]] = parse_yaml(value)
    except yaml.YAMLError as error:
        msg = f"--set {override}: the value is not valid YAML: {error}"
        raise ExperimentError(msg) from error


def _mistakes(error: ValidationError, content: Mapping[str, Any]) -> list[str]:
    """Describe every mistake once; for a value with several possible types, report that of the first type."""
    texts: dict[tuple[int | str, ...], str] = {}
    for detail in error.errors(include_url=False):
        texts.setdefault(_without_tags(detail["loc"], content), _describe(detail, content))
    return [line for text in texts.values() for line in text.splitlines()]


def _describe(detail: ErrorDetails, content: Mapping[str, Any]) -> str:
    """Describe one mistake: its path in the file, the rule and the value received."""
    location = _without_tags(detail["loc"], content)
    path = ".".join(str(key) for key in location)
    received = detail["input"]
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown key.{_hint(str(location[-1]), _keys_at(detail['loc'][:-1], content))}"
    if detail["type"] == "missing":
        return f"{path}: required, but missing. Add it"
    if detail["type"] == "union_tag_not_found":
        return f"{path}.kind: required, but missing.{did_you_mean('', _kinds(detail))}"
    if detail["type"] == "union_tag_invalid":
        kind = str(detail["ctx"]["tag"])
        return f'{path}.kind: unknown kind "{kind}".{did_you_mean(kind, _kinds(detail))}'
    if detail["type"] in {"model_type", "dict_type", "model_attributes_type"}:
        kinded = isinstance(received, str) and detail["type"] == "model_attributes_type"
        how = f". Write {{kind: {received}}}" if kinded else ""
        if detail["type"] == "model_type":
            how = f". Its keys: {', '.join(_keys_at(detail['loc'], content))}"
        return f"{path}: expected keys with values below it, received {_shown(received)}{how}"
    rule = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "string_pattern_mismatch":
        rule = _IN_WORDS.get(detail["ctx"]["pattern"], rule)
    if not location:  # sections are inconsistent; each line has its own path
        return rule
    shown = "" if isinstance(received, Mapping) else f", received {_shown(received)}"
    return f"{path}: {rule}{shown}{_yaml_hint(detail)}"


def _yaml_hint(detail: ErrorDetails) -> str:
    """Say how YAML has read what was probably meant as something else."""
    received = detail["input"]
    if detail["type"] == "string_type" and isinstance(received, bool):
        return "; YAML reads yes, no, on and off as booleans: put quotes around it"
    if detail["type"] == "string_pattern_mismatch" and ":" in received:
        key, _, value = received.partition(":")
        return f"; YAML needs a blank after the colon: {key}: {value}"
    return ""


def _hint(key: str, keys: Sequence[str]) -> str:
    """Suggest where an unknown key would be valid, or a similar key."""
    if difflib.get_close_matches(key.casefold(), [known_key.casefold() for known_key in keys], n=1, cutoff=0.8):
        return did_you_mean(key, keys)
    elsewhere = [path for path in key_paths() if path.rpartition(".")[2] == key.casefold()]
    elsewhere = [path for path in elsewhere if path.count(".") == elsewhere[0].count(".")]  # nearest to the top
    if elsewhere:
        return f' Did you mean "{" or ".join(elsewhere[:_PLACES])}"?'
    hint = did_you_mean(key, keys)
    if "Did you mean" not in hint:
        names = {path.rpartition(".")[2]: path for path in reversed(key_paths())}
        near = difflib.get_close_matches(key.casefold(), names, n=1, cutoff=0.8)
        hint = f' Did you mean "{names[near[0]]}"?{hint}' if near else hint
    return hint


def _shown(value: Any) -> str:  # noqa: ANN401
    """Format a value for a message, truncated if it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _kinds(detail: ErrorDetails) -> list[str]:
    """Return the valid kinds where a kind is missing or unknown."""
    annotation: Any = Experiment
    for key in detail["loc"]:
        annotation = _step(annotation, key)
    sections = get_args(annotation)
    if any(issubclass(section, TargetSection) for section in sections):
        return list(task_kinds())
    return [kind for section in sections for kind in get_args(section.model_fields["kind"].annotation)]


def _without_tags(location: tuple[int | str, ...], content: Any) -> tuple[int | str, ...]:  # noqa: ANN401
    """Drop what pydantic adds to a path that is not in the file: kinds of groups and union members."""
    keys: list[int | str] = []
    for index, key in enumerate(location):
        twice = location[index + 1 : index + 2] == (key,)  # split.folds.folds: the kind has a key of the same name
        if isinstance(content, Mapping) and key == content.get("kind") and (key not in content or twice):
            continue
        if isinstance(key, str) and ("[" in key or (key in _TYPES and not isinstance(content, Mapping))):
            continue
        keys.append(key)
        if isinstance(content, Mapping):
            content = content.get(key)
        elif isinstance(content, Sequence) and isinstance(key, int) and key < len(content):
            content = content[key]
    return tuple(keys)


def _keys_at(location: tuple[int | str, ...], content: Any) -> list[str]:  # noqa: ANN401
    """Return the valid keys at a pydantic path."""
    annotation: Any = Experiment
    for key in location:
        annotation = _step(annotation, key)
        content = content.get(key, content) if isinstance(content, Mapping) else content
    if get_origin(annotation) in {Union, types.UnionType}:  # a head whose kind another package adds
        annotation = task_named(content["kind"]).section
    return list(annotation.model_fields) if _is_section(annotation) else []


def _step(annotation: Any, key: int | str) -> Any:  # noqa: ANN401
    """Return the type of the element `key` of a value of type `annotation`."""
    if _is_section(annotation):
        return _unwrap(annotation.model_fields[str(key)].rebuild_annotation())
    if get_origin(annotation) is dict:
        return _unwrap(get_args(annotation)[1])
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [a for a in get_args(annotation) if _is_section(a)]
        return next((m for m in members if key in get_args(m.model_fields["kind"].annotation)), None)
    return None


def _unwrap(annotation: Any) -> Any:  # noqa: ANN401
    """Remove `Annotated` and None; for sections that packages can extend, return the union of all kinds."""
    if get_origin(annotation) is Annotated:
        bare, *more = get_args(annotation)
        annotation = next((_unwrap(argument.union()) for argument in more if isinstance(argument, Kinds)), bare)
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [argument for argument in get_args(annotation) if argument is not type(None)]
        return members[0] if len(members) == 1 else annotation
    return annotation


def _is_section(annotation: Any) -> bool:  # noqa: ANN401
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
