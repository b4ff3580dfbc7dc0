"""Text for a terminal: names and notes of a stranger's files cannot command it."""

from __future__ import annotations

__all__ = ["without_controls"]

# C0 and C1, of which escape sequences are made, but line feed and tab
_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\n"), ord("\t")})


def without_controls(text: str) -> str:
    r"""Return text without the control characters that a terminal obeys.

    Args:
        text: any text.

    Returns:
        The text, with line feeds and tabs.

    Example:
        >>> without_controls("\x1b[2Jmass\n")
        '[2Jmass\n'
    """
    return text.translate(_CONTROLS)
