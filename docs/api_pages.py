"""Write the reference of all public names, docs/api/PACKAGE.md, from their docstrings, before each build."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("api")


def packages() -> list[str]:
    """Return the names of netwright and of its subpackages that list public names."""
    import netwright

    names = [
        f"netwright.{one.name}" for one in pkgutil.iter_modules(netwright.__path__) if not one.name.startswith("_")
    ]
    return ["netwright", *(name for name in names if getattr(importlib.import_module(name), "__all__", ()))]


def page_of(package: str) -> str:
    """Return the page of a package.

    Args:
        package: its name.

    Returns:
        Markdown: each public name with its signature and its docstring.
    """
    module = importlib.import_module(package)
    parts = [f"# {package}", "", _prose((module.__doc__ or "").split("\n\n")[0]), ""]
    for name in sorted(module.__all__):
        parts += _entry(name, getattr(module, name))
    return "\n".join(parts)


def _entry(name: str, thing: Any) -> list[str]:  # noqa: ANN401  # anything public
    """Return the lines of one name."""
    if inspect.ismodule(thing):
        return [f"## {name}", "", f"The package [{thing.__name__}]({thing.__name__}.md).", ""]
    parts = [f"## {name}", ""]
    if callable(thing):
        parts += ["```python", f"{name}{_signature(thing)}", "```", ""]
    text = inspect.getdoc(thing) if callable(thing) else ""
    first, _, rest = (text or "").partition("\n\n")
    parts += [_prose(first), ""]
    if rest.strip():
        fence = "````"
        parts += [f"{fence}text", rest.rstrip(), fence, ""]
    if inspect.isclass(thing) and thing.__module__.startswith("netwright"):
        members = [
            (key, one) for key, one in vars(thing).items() if not key.startswith("_") and inspect.isfunction(one)
        ]
        for key, one in members:
            sentence = _prose((inspect.getdoc(one) or "").partition("\n\n")[0])
            parts += [f"- `{key}{_signature(one)}`: {sentence}"]
        parts += [""]
    return parts


def _signature(thing: Any) -> str:  # noqa: ANN401
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return ""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def _prose(text: str) -> str:
    """Return the first paragraph of a docstring as Markdown: single backticks are code there too."""
    pieces = re.split(r"(``?[^`]+``?)", " ".join(text.split()))
    return "".join(one if one.startswith("`") else re.sub(r"([\\*_<>\[\]|$])", r"\\\1", one) for one in pieces)


def write_pages() -> None:
    """Write all pages, and the page that lists them."""
    FOLDER.mkdir(exist_ok=True)
    names = packages()
    for package in names:
        (FOLDER / f"{package}.md").write_text(page_of(package), encoding="utf-8")
    index = [
        "# Reference",
        "",
        "All public names, by package ([architecture](../architecture.md)).",
        "",
        "```{toctree}",
        *names,
    ]
    (FOLDER / "index.md").write_text("\n".join([*index, "```", ""]), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
