"""What the JSON files of a run contain: checked when they are read, so that a damaged one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from netwright._version import __version__
from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.strict_json import read_json_or_none

__all__ = ["check_content", "other_version", "read_checked", "refuse_folder", "unreadable"]


class _Content(BaseModel):
    """Keys that are needed; there may be others."""

    model_config = ConfigDict(strict=True, extra="allow")


class _File(_Content):
    name: str
    rows: int
    sha256: str


class _Data(_Content):
    files: list[_File]
    rows: int
    content: str
    says: dict[str, str]


class _Split(_Content):
    data: _Data | str  # a text in runs of netwright 0.1


class _Environment(_Content):
    git_commit: str | None


class _Plan(_Content):
    way: str
    teams: list[list[int]]
    workers: int = Field(validation_alias=AliasChoices("workers", "lanes"))  # lanes: in runs of netwright 0.1
    steps_per_second: dict[str, float]


class _Member(_Content):
    member: int
    best_epoch: int
    stopped: str
    remarks: list[str]


class _Training(_Content):
    members: list[_Member] = Field(min_length=1)
    plan: _Plan | None = None  # none in early runs of netwright 0.1
    findings: list[dict[str, Any]] = Field(default_factory=list)  # none in runs of netwright 0.1
    sha256: dict[str, str] = Field(default_factory=dict)


class _Expected(_Content):
    confidence_level: float


class _Limit(_Content):
    expected: _Expected
    results: dict[str, dict[str, float | None]]


_KINDS: dict[str, TypeAdapter[Any]] = {
    "split.json": TypeAdapter(_Split),
    "environment.json": TypeAdapter(_Environment),
    "plan.json": TypeAdapter(_Plan),
    "training.json": TypeAdapter(_Training),
    "limit.json": TypeAdapter(_Limit),
    "evaluation.json": TypeAdapter(dict[str, dict[str, dict[str, dict[str, Any]]]]),
}


def read_checked(path: Path) -> Any:  # noqa: ANN401
    """Read a JSON file of a run.

    Args:
        path: the file, in the run.

    Returns:
        Its content.

    Raises:
        RunError: it is not there, is not JSON, or holds something else than it should.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, str(error)) from error
    kind = _KINDS.get(path.name)
    if kind is None:
        return content
    try:
        check_content(kind, content)
    except ValueError as error:
        raise unreadable(path, str(error)) from error
    return content


def check_content(kind: TypeAdapter[Any], content: object) -> None:
    """Refuse what was read of a file of a run if it is not what it should be.

    Args:
        kind: what it should be.
        content: what was read.

    Raises:
        ValueError: the first mistake, with its key.
    """
    try:
        kind.validate_python(content)
    except ValidationError as error:
        raise ValueError(_first(error)) from error


def unreadable(path: Path, reason: str) -> RunError:
    """Return the error for a file of a run that cannot be read, with the way out.

    Args:
        path: the file.
        reason: what is wrong with it.

    Returns:
        The error.
    """
    run = path.parent
    if path.name == "findings.json":
        remedy = f"Remove it, and write it again with: netwright report {in_command(run)}"
    elif path.name == "evaluation.json":
        remedy = f"Remove it, and write it again with: netwright evaluate {in_command(run)}"
    elif path.name == "limit.json":
        remedy = f"Remove it, and write it again with: netwright limit {in_command(run)}"
    elif (run / "report.html").exists():
        remedy = (
            "Restore the file from a backup. Without one, train again in another directory: netwright train "
            f"{in_command(run / 'experiment.yaml')}"
        )
    else:
        remedy = f"If the training did not end, go on with it: netwright train --resume {in_command(run)}"
    return RunError(f"{path} cannot be read ({reason}). {remedy}{other_version(run)}")


def other_version(run: Path) -> str:
    """Return a sentence on the version that wrote a run, for messages, if it is not this one.

    Args:
        run: the directory.

    Returns:
        The sentence, after a blank; empty if the version is this one or unknown.
    """
    environment = read_json_or_none(run / "environment.json")
    version = environment.get("netwright", __version__) if isinstance(environment, dict) else __version__
    if version == __version__:
        return ""
    return f" netwright {version!s:.20} wrote the run, and this is {__version__}: use that version, or train again."


def refuse_folder(path: Path) -> None:
    """Refuse to write a file of a run where a folder is.

    Args:
        path: the file.

    Raises:
        RunError: there is a folder of its name.
    """
    if path.is_dir():
        msg = f"{path} is a folder, where a file of the run belongs. Move the folder away, and try again."
        raise RunError(msg)


def _first(error: ValidationError) -> str:
    """Return the first mistake in one line."""
    mistake = error.errors(include_url=False)[0]
    key = ".".join(str(item) for item in mistake["loc"])
    return f"{key or 'its content'}: {mistake['msg']}"
