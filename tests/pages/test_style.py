"""The colours of the pages: enough contrast for text (AA: 4.5) and for curves (3), light and dark."""

from __future__ import annotations

import re

import pytest

from netwright.pages import SHARED

STYLE = (SHARED / "style.css").read_text(encoding="utf-8")
THEMES = {name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for name, block in zip(
    ("light", "dark"), re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL), strict=True
)}  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    colours = THEMES[theme]
    for ground in ("page", "panel", "sunk"):
        for text in ("text", "soft", "good", "caution", "bad", "link"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_curves_can_be_seen(theme: str) -> None:
    colours = THEMES[theme]
    for curve in (*(f"curve-{at}" for at in range(8)), "signal", "background"):
        assert contrast(colours[curve], colours["panel"]) >= 3, curve
