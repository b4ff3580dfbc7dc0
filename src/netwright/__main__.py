"""``python -m netwright``: the command line of this interpreter, where no script of it is on the path."""

from __future__ import annotations

from netwright.cli import main

if __name__ == "__main__":
    main()
