"""Pages for the browser of this machine: one server, one protection and one style for all of them."""

from netwright.pages.background import in_background
from netwright.pages.protection import protected
from netwright.pages.server import SHARED, serve

__all__ = ["SHARED", "in_background", "protected", "serve"]
