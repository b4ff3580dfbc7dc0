"""What is asked of every page that netwright writes: complete, self-contained, and safe with hostile names."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

__all__ = ["HOSTILE", "Page", "check_page"]

HOSTILE = "<script>alert('x')</script>\"&'"
_VOID = {"meta", "img", "br", "hr", "link", "input", "col"}
_LOADING = {"script", "link", "iframe", "object", "embed", "form", "base"}


class Page(HTMLParser):
    """Checks that tags nest, and remembers attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(html: str) -> Page:
    """Check that a page is well formed, links only to itself, loads nothing and runs nothing; return it."""
    page = Page(html)
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"].removeprefix("#") for tag, attributes in page.tags if tag == "a"} <= set(ids)
    assert not {tag for tag, _ in page.tags} & _LOADING
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcset"}]
        assert attributes.get("src", "data:").startswith("data:")
    for words in ("http://", "https://", "@import", "url(", "unsafe"):
        assert words not in html, words
    assert "default-src 'none'" in html
    return page
