"""The errors of netwright: one base class, so that callers can tell our messages from bugs."""

from __future__ import annotations

import difflib
import errno
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

__all__ = [
    "DataError",
    "EmptyPartError",
    "ExperimentError",
    "ExportError",
    "GenerationError",
    "GraphError",
    "InferenceError",
    "MissingExtraError",
    "NetwrightError",
    "NonFiniteLossError",
    "PageError",
    "PluginError",
    "RunError",
    "StorageError",
    "TrainingInterruptedError",
    "TrustError",
    "UnreachableError",
    "UnusableFilesError",
    "did_you_mean",
    "first_few",
]

_REASONS_SHOWN = 100  # files that a message lists


class NetwrightError(Exception):
    """An error that the user can correct: the message names what, where, the rule and the next step.

    The command line prints the message without a traceback and exits with exit code 1.
    """


class ExperimentError(NetwrightError):
    """An experiment file breaks a rule."""


class DataError(NetwrightError):
    """A file, a column or a row cannot be used."""


class EmptyPartError(DataError):
    """A part of a split would hold no rows."""


class UnreachableError(DataError):
    """A server cannot be reached."""


class UnusableFilesError(DataError):
    """Files cannot be used; all of them are named at once.

    Args:
        reasons: a message for each file that cannot be used, with its name; at least one.
        files: how many files there are.
        unusable: how many cannot be used; as many as there are different reasons if not given.

    Example:
        >>> print(UnusableFilesError(["a.root: is empty (0 bytes).", "b.root: has no tree."], 200))
        2 of 200 files cannot be used:
          a.root: is empty (0 bytes).
          b.root: has no tree.
          To leave them out: write the names of the others to a text file, one a line, and name it as @files.txt.
    """

    def __init__(self, reasons: Sequence[str], files: int, unusable: int | None = None) -> None:
        self.reasons, self.files = list(dict.fromkeys(reasons)), files
        unusable = len(self.reasons) if unusable is None else unusable
        if len(self.reasons) == unusable == 1:
            super().__init__(self.reasons[0])
            return
        shown = self.reasons[:_REASONS_SHOWN]
        more = len(self.reasons) - len(shown)
        others = (
            ["To leave them out: write the names of the others to a text file, one a line, and name it as @files.txt."]
            if unusable < files
            else []
        )
        head = f"{unusable:,} of {files:,} files cannot be used:"
        super().__init__("\n  ".join([head, *shown, *([f"... and {more:,} more"] if more else []), *others]))


class GenerationError(NetwrightError):
    """The requested events cannot be simulated."""


class GraphError(NetwrightError):
    """A function has no computational graph that can be shown."""


class InferenceError(NetwrightError):
    """A limit or a significance cannot be computed."""


class RunError(NetwrightError):
    """A run directory is missing, incomplete or already taken."""


class StorageError(NetwrightError, OSError):
    """A file cannot be written: the disk is full, a quota or limit is reached, or the place is read-only.

    It is also an `OSError`, so code that handles those handles it too.

    Args:
        path: the file or folder.
        reason: the system's message.
        number: the system's error number (`errno`), if any.
    """

    def __init__(self, path: Path, reason: str, number: int | None = None) -> None:
        full = number is None or number in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        advice = "Free some space" if full else "Check the path and its permissions"
        super().__init__(
            f"{path}: cannot be written ({reason}). {advice}, or choose another "
            "location. What existed before is unchanged."
        )
        self.errno = number


class NonFiniteLossError(NetwrightError):
    """The loss of a training step is not finite."""


class PageError(NetwrightError):
    """A page cannot be served."""


class TrainingInterruptedError(NetwrightError):
    """A training was interrupted on request and can be resumed.

    The command line prints the message and exits with code 85, which tells a batch system to restart it.

    Args:
        signal: the signal received: SIGINT, SIGTERM or SIGUSR1.
        run: the run directory, if there is one.
        saved: what it has: ``nothing``, the ``state`` of a training, a trained ``network`` to be evaluated, or
            ``everything``, so that nothing is left to continue.
        command: what continues it; ``netwright train --resume`` if not given.
    """

    def __init__(
        self,
        signal: str,
        run: Path | None = None,
        *,
        saved: Literal["nothing", "state", "network", "everything"] = "state",
        command: str | None = None,
    ) -> None:
        self.signal, self.run, self.complete = signal, run, saved == "everything"
        text = f"The training was interrupted ({signal})"
        resume = f"netwright train --resume {shlex.quote(str(run))}"
        if run is None:
            super().__init__(f"{text} before there was anything to save. Start it again.")
        elif command is not None:
            super().__init__(f"Interrupted ({signal}). What is done is saved in {run}. To continue: {command}")
        elif saved == "nothing":
            super().__init__(f"{text} before there was anything to save. To begin again: {resume}")
        elif saved == "everything":
            super().__init__(
                f"Interrupted ({signal}) when all was written: there is nothing to continue. "
                f"Report: {run / 'report.html'}"
            )
        elif saved == "network":
            super().__init__(
                f"The evaluation was interrupted ({signal}). The trained network is saved in {run}. "
                f"To evaluate it: {resume}"
            )
        else:
            super().__init__(
                f"{text}. Its state is saved in {run}. To continue: {resume}\n"
                f"To evaluate the best weights so far: {resume} --finish"
            )


class ExportError(NetwrightError):
    """A network cannot be exported, or the exported file gives other values."""


class TrustError(NetwrightError):
    """A file refers to third-party code, which runs only if the user trusts it."""


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
        feature: what needs the extra, for the message.
        extra: the name of the extra in ``pip install "netwright[extra]"``.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} needs the extra "{extra}": pip install "netwright[{extra}]"')


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the closest match to a misspelt word, or all choices if none is close.

    Args:
        word: what the user wrote.
        choices: the valid words.

    Returns:
        A sentence with a leading space, ready to end an error message; empty if there are no choices.

    Example:
        >>> did_you_mean("epoch", ["epochs", "seed"])
        ' Did you mean "epochs"?'
        >>> did_you_mean("zzz", ["epochs", "seed"])
        ' Choose from: epochs, seed.'
    """
    sorted_choices = sorted(set(choices))
    alike = [choice for choice in sorted_choices if choice.casefold() == word.casefold()]  # Eta for eta, before beta
    near = alike or difflib.get_close_matches(word, sorted_choices, n=1, cutoff=0.6)
    if near:
        return f' Did you mean "{near[0]}"?'
    if not sorted_choices:
        return ""
    shown = (
        sorted_choices if len(sorted_choices) <= 12 else [*sorted_choices[:12], f"... ({len(sorted_choices)} in all)"]
    )
    return f" Choose from: {', '.join(shown)}."


def first_few(names: Sequence[str], most: int = 8) -> str:
    """Return the first few of many names and the number of the others.

    Args:
        names: of columns, or other words.
        most: how many to show.

    Returns:
        A list for a sentence.

    Example:
        >>> first_few(["a", "b", "c", "d"], 3)
        'a, b, c and 1 more'
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
