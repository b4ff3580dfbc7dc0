"""The live page: all runs of a folder in the browser, while they are trained and afterwards."""

from netwright.live.routes import live_routes
from netwright.live.watcher import Watcher

__all__ = ["Watcher", "live_routes"]
