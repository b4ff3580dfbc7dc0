"""What netwright raises: one base class, so that callers can tell our messages from accidents."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "DataError",
    "EmptyPartError",
    "ExperimentError",
    "ExportError",
    "GenerationError",
    "InferenceError",
    "MissingExtraError",
    "NetwrightError",
    "NonFiniteLossError",
    "PluginError",
    "RunError",
    "StorageError",
    "TrainingInterruptedError",
    "TrustError",
    "did_you_mean",
]


class NetwrightError(Exception):
    """Something that the user can mend: the message says what, where, by which rule, and the next step.

    The command line prints the message without a traceback and leaves with exit code 1.
    """


class ExperimentError(NetwrightError):
    """An experiment file says something that it may not say."""


class DataError(NetwrightError):
    """A file, a column or a row cannot be used."""


class EmptyPartError(DataError):
    """A part of a division would hold no rows."""


class GenerationError(NetwrightError):
    """Simulated events cannot be made as asked."""


class InferenceError(NetwrightError):
    """A limit or a significance cannot be computed."""


class RunError(NetwrightError):
    """A run directory is missing, incomplete or already taken."""


class StorageError(NetwrightError, OSError):
    """A file cannot be written: the disk is full, a quota or limit is reached, or the place is read-only.

    It is an `OSError` too, so that what puts up with those puts up with it.

    Args:
        path: the file or folder.
        reason: what the system says.
        number: the system's number of the error (`errno`), where there is one.
    """

    def __init__(self, path: Path, reason: str, number: int | None = None) -> None:
        full = number is None or number in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        advice = "Free some space" if full else "Look at the path and its permissions"
        super().__init__(
            f"{path}: cannot be written ({reason}). {advice}, or name another place. What was there before still is."
        )
        self.errno = number


class NonFiniteLossError(NetwrightError):
    """The loss of a training step is not finite."""


class TrainingInterruptedError(NetwrightError):
    """A training stopped because somebody wished so, and can go on from where it was.

    The command line prints the message and leaves with exit code 85, which tells a batch system to start it again.

    Args:
        signal: what asked for it: SIGINT, SIGTERM or SIGUSR1.
        run: the run directory, where there is one.
    """

    def __init__(self, signal: str, run: Path | None = None) -> None:
        self.signal, self.run = signal, run
        said = f"The training was interrupted ({signal})"
        if run is None:
            super().__init__(f"{said} before there was anything to keep. Start it again.")
        else:
            super().__init__(
                f"{said}, and everything is safe in {run}. Go on with: netwright train --resume {run}\n"
                f"Or judge the best weights so far: netwright train --resume {run} --finish"
            )


class ExportError(NetwrightError):
    """A network cannot be exported, or its export does not agree with it."""


class TrustError(NetwrightError):
    """A file names code of somebody else, which is run only where the user trusts it."""


class PluginError(NetwrightError):
    """An installed package adds something to netwright that cannot be used.

    Args:
        package: its name and version.
        group: the group of entry points, such as ``netwright.layers``.
        name: of the entry point.
        reason: why it cannot be used, without a full stop.
    """

    def __init__(self, package: str, group: str, name: str, reason: str) -> None:
        super().__init__(
            f'The package {package} adds "{name}" to {group}, but it cannot be used: {reason}. '
            "Update the package, or remove it with pip uninstall."
        )


class MissingExtraError(NetwrightError):
    """A library of an optional extra is not installed.

    Args:
        feature: what needs the extra, in words.
        extra: the name of the extra in ``pip install "netwright[extra]"``.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} needs the extra "{extra}": pip install "netwright[{extra}]"')


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the choice nearest to a misspelt word, or all choices where none is near.

    Args:
        word: what the user wrote.
        choices: what may be written there.

    Returns:
        A sentence that begins with a space, ready to end an error message; empty without choices.

    Example:
        >>> did_you_mean("epoch", ["epochs", "seed"])
        ' Did you mean "epochs"?'
        >>> did_you_mean("zzz", ["epochs", "seed"])
        ' Choose from: epochs, seed.'
    """
    known = sorted(set(choices))
    alike = [choice for choice in known if choice.casefold() == word.casefold()]  # Eta for eta, before beta
    near = alike or difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f' Did you mean "{near[0]}"?'
    if not known:
        return ""
    shown = known if len(known) <= 12 else [*known[:12], f"... ({len(known)} in all)"]
    return f" Choose from: {', '.join(shown)}."
