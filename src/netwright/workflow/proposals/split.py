"""Files that are named as the parts of a data set which is divided already: train.h5, val.h5, test.h5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from netwright.finding import Finding

__all__ = ["SHARE", "parts_of_files", "parts_remark", "stem_of_part"]

SHARE: Final = 0.15  # of the rows of the training files, for validation or test, where no file is for it

_PARTS = {"train": r"train(ing)?", "valid": r"val(id(ation)?)?|dev", "test": r"test(ing)?"}
_NAME = re.compile("(.*[_.-])?(" + "|".join(f"(?P<{part}>{word})" for part, word in _PARTS.items()) + ")([_.-].*)?")
_WORD = re.compile(rf"(^|[_.-])({'|'.join(_PARTS.values())})([_.-]?\d+)?(?=[_.-]|$)", re.IGNORECASE)


def parts_of_files(files: Sequence[str]) -> dict[str, list[str]]:
    """Return the files of each part.

    Args:
        files: paths, patterns or URLs.

    Returns:
        By part (train, valid, test); none where a file has another name, or all are of one part.

    Example:
        >>> parts_of_files(["jets/train.h5", "jets/val.h5", "jets/test_2.h5"])
        {'train': ['jets/train.h5'], 'valid': ['jets/val.h5'], 'test': ['jets/test_2.h5']}
        >>> parts_of_files(["signal_train.h5", "background.h5"])
        {}
    """
    parts: dict[str, list[str]] = {}
    for name in files:
        match = _NAME.fullmatch(Path(name).name.partition("*")[0].lower())
        part = None if match is None else next(part for part in _PARTS if match[part] is not None)
        if part is None:
            return {}
        parts.setdefault(part, []).append(name)
    return parts if len(parts) > 1 else {}


def stem_of_part(file: str) -> str:
    """Return the name of a file that is named as a part, without the part and a number behind it.

    Args:
        file: a path, pattern or URL.

    Returns:
        The name without folder and ending.

    Example:
        >>> [stem_of_part(name) for name in ("jets/QCD_pt450_train_2.h5", "test_ttbar.h5", "train.h5")]
        ['QCD_pt450', 'ttbar', '']
    """
    stem = Path(file.rstrip("/")).name.partition(".")[0]
    return _WORD.sub("", stem, count=1).strip("_.-")


def parts_remark(parts: dict[str, list[str]]) -> Finding | None:
    """Return what is said of files that are named as parts.

    Args:
        parts: from `parts_of_files`.

    Returns:
        A note; None where there are no parts.
    """
    if not parts:
        return None
    if "train" in parts:
        evidence = "The files are named as parts: the split is by file, " + "; ".join(
            f"{part}: {', '.join(Path(name).name for name in files)}" for part, files in parts.items()
        )
        for part in _PARTS.keys() - parts.keys():
            evidence += f"; {part}: {SHARE:.0%} of the rows of the training files, by their identity"
        return Finding("split", "NOTE", f"{evidence}.", remedy="For shares of all rows, write split: {kind: shares}.")
    evidence = f"Files are named as parts ({', '.join(parts)}), but their rows are split again, all together."
    remedy = (
        "A split by file needs files for training. To keep the rows of one apart, leave it out here, and "
        "then: netwright evaluate RUN FILE"
    )
    return Finding("split", "NOTE", evidence, remedy=remedy)
